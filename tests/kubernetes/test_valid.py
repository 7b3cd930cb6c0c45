"""Every resource is one that Kubernetes, or the operator whose it is, would take."""

import json

import jsonschema
import kubernetes_validate
import pytest
from rendered import KUBERNETES, OVERLAYS, Resource, kubectl, rendered

RELEASES = ("1.32", "1.37")
"""The oldest and the newest Kubernetes that docs/kubernetes.md names."""
SCHEMAS = {file.stem: file for file in (KUBERNETES / "schemas").glob("*.json")}
EVERYTHING = {
    # What both overlays have in the same words is looked at once.
    json.dumps(one, sort_keys=True): pytest.param(
        one, id=f"{overlay}-{one['kind']}-{one['metadata']['name']}"
    )
    for overlay in (OVERLAYS if kubectl() else ())
    for one in rendered(overlay)
}


@pytest.mark.parametrize("resource", EVERYTHING.values())
def test_a_resource_is_as_its_schema_has_it(resource: Resource) -> None:
    kind = resource["kind"]
    if kind in SCHEMAS:
        schema = json.loads(SCHEMAS[kind].read_text())
        jsonschema.Draft202012Validator(schema).validate(resource)
        return
    for release in RELEASES:
        kubernetes_validate.validate(resource, release, strict=True)


def test_every_schema_of_ours_is_used() -> None:
    kinds = {one["kind"] for overlay in OVERLAYS for one in rendered(overlay)}
    assert SCHEMAS.keys() <= kinds


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_field_that_an_operator_does_not_know_is_seen(kind: str) -> None:
    schema = json.loads(SCHEMAS[kind].read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    (resource, *_) = (one for one in rendered("production") if one["kind"] == kind)
    wrong = {**resource, "spec": {**resource["spec"], "unheardOf": 1}}
    with pytest.raises(jsonschema.ValidationError, match="unheardOf"):
        jsonschema.Draft202012Validator(schema).validate(wrong)


def test_nothing_is_there_twice(overlay: str) -> None:
    keys = [
        (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"])
        for one in rendered(overlay)
    ]
    assert len(keys) == len(set(keys))
