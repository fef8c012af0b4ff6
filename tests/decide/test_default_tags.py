"""The installation's own tags, from templates."""

from controller.decide.default_tags import default_tags
from tests.decide.objects import declared


def test_the_words_of_a_template_stand_for_the_object_and_the_controller() -> None:
    tags = default_tags(
        {"who": "%K8S_NAMESPACE%/%K8S_RESOURCE_NAME% by %CONTROLLER_SERVICE% %CONTROLLER_VERSION%"}, "1.2"
    )
    assert tags(declared(name="a", namespace="b")) == {"who": "b/a by sagemaker 1.2"}


def test_a_template_that_comes_to_nothing_sets_no_tag() -> None:
    tags = default_tags({"none": "%MANAGED_BY%%KRO_VERSION%", "plain": "a", "empty": ""}, "1.2")
    assert tags(declared()) == {"plain": "a"}
