"""The installation's own tags for an object, from templates. The words in them are the incumbent's (ACK runtime v0.62)."""

from collections.abc import Callable, Mapping

from controller.decide.declared import Declared


def default_tags(templates: Mapping[str, str], version: str) -> Callable[[Declared], dict[str, str]]:
    """A function from an object to its tags; a template that expands to nothing sets no tag."""

    def tags(declared: Declared) -> dict[str, str]:
        expansions = {
            "%CONTROLLER_SERVICE%": "sagemaker",
            "%CONTROLLER_VERSION%": version,
            "%K8S_NAMESPACE%": declared.namespace,
            "%K8S_RESOURCE_NAME%": declared.name,
            "%MANAGED_BY%": "",
            "%KRO_VERSION%": "",
        }
        filled = {}
        for key, template in templates.items():
            value = template
            for mark, text in expansions.items():
                value = value.replace(mark, text)
            if value:
                filled[key] = value
        return filled

    return tags
