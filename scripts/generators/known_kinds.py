"""The kinds a chart knows, and what it says of one it does not: a schema would print all 68 names and no hint."""

from controller.kinds.load import kinds

_REFUSAL = r"""
{{- /* Fails on a name that is no kind. Takes what the list is called (said) and its names. Renders nothing. */ -}}
{{- define "CHART.refuseUnknownKinds" -}}
{{- $plurals := include "CHART.plurals" . | fromJson -}}
{{- $said := .said -}}
{{- range $name := .names -}}
{{- if not (hasKey $plurals $name) -}}
{{- $meant := "" -}}
{{- $plain := lower $name | replace "-" "" | replace "_" "" -}}
{{- range $kind, $plural := $plurals -}}
{{- if has $plain (list (lower $kind) $plural) -}}
{{- $meant = $kind -}}
{{- end -}}
{{- end -}}
{{- $hint := "docs/kinds/README.md lists them" -}}
{{- if $meant -}}
{{- $hint = printf "did you mean %s?" $meant -}}
{{- end -}}
{{- fail (printf "%s has %q, which is no SageMaker kind; %s" $said $name $hint) -}}
{{- end -}}
{{- end -}}
{{- end -}}
"""


def known_kinds(chart: str) -> str:
    """The definitions: a map from kind to plural, and the refusal of what is not in it."""
    lines = ",\n".join(f'  "{kind.name}": "{kind.plural}"' for kind in kinds().values())
    return (
        "{{- /* Written by scripts/generate from the table of kinds: the resource of each kind. */ -}}\n"
        f'{{{{- define "{chart}.plurals" -}}}}\n'
        f"{{\n{lines}\n}}\n"
        "{{- end -}}\n" + _REFUSAL.replace("CHART", chart)
    )
