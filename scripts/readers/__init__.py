"""What those who only read an object take it for: Argo CD, Flux, Helm and kubectl, each by its own rules."""
