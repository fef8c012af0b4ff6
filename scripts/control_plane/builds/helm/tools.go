//go:build tools

// Package tools names the command this module pins; it is never compiled itself.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
