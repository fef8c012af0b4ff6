//go:build tools

// Package tools names the command this module pins; it is never compiled itself.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
