"""What the service model forbids is refused at once: every word of every kind's schema, at every place, by name."""

from collections.abc import Mapping

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests import samples
from tests.control_plane.breaks import WORDS, broken, every_break, places, together, words_at
from tests.control_plane.crds import Schema, create, each_kind, refusals


def test_no_word_is_without_a_place(schemas: Mapping[str, Schema]) -> None:
    """Each word that this file knows how to break is in some schema, or it would prove nothing."""
    used = {word for schema in schemas.values() for place in places(schema) for word, *_ in words_at(*place)}
    assert used == set(WORDS)


@each_kind
def test_whatever_the_model_forbids_is_refused_by_name(
    served: ControlPlane, schemas: Mapping[str, Schema], kind: Kind
) -> None:
    wrong: list[str] = []
    for sample, wanted in every_break(kind, schemas[kind.name]):
        for group in together(wanted):
            status, answer = create(served, kind, "sample", broken(sample, group))
            named = refusals(answer)
            if status != 422:
                wrong.append(f"{status} for {group[0].word} of {[one.field for one in group]}")
                continue
            wrong += [
                f"{one.word} of {one.field}: {named.get(one.field)}"
                for one in group
                if not any(
                    reason == WORDS[one.word].reason and one.says in sentence
                    for reason, sentence in named.get(one.field, ())
                )
                or one.field not in answer["message"]
            ]
            fields = {one.field for one in group}
            wrong += [
                f"{field}, where nothing is wrong: {named[field]}"
                for field in named
                if field not in fields and not any(field.startswith(f"{holder}[") for holder in fields)
            ]
    assert wrong == []


def test_a_missing_field_is_refused_in_these_words(served: ControlPlane) -> None:
    kind = kinds()["TrainingJob"]
    spec = samples.full(kind)
    del spec["outputDataConfig"]["s3OutputPath"]
    status, answer = create(served, kind, "sample", spec)
    assert status == 422
    assert "spec.outputDataConfig.s3OutputPath: Required value" in answer["message"]
