"""What every pod is held to, and who may do what in the cluster."""

import json

from rendered import Resource, containers, named, of_kind, pod, rendered, workloads

WRITABLE = {"/tmp"}


def name(workload: Resource) -> str:
    return f"{workload['kind']} {workload['metadata']['name']}"


def test_every_container_has_limits_and_asks_for_as_much_memory(overlay: str) -> None:
    for workload in workloads(overlay):
        for container in containers(workload):
            limits = container["resources"]["limits"]
            requests = container["resources"]["requests"]
            assert limits.keys() >= {"cpu", "memory"}, name(workload)
            # Whoever asks for less than its limit is the first to be killed where memory is short.
            assert requests["memory"] == limits["memory"], name(workload)
            assert "cpu" in requests, name(workload)


def test_nobody_is_root_or_can_become_it(overlay: str) -> None:
    for workload in workloads(overlay):
        context = pod(workload)["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True, name(workload)
        assert context["runAsUser"] > 0, name(workload)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name(workload)
        for container in containers(workload):
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name(workload)
            assert own["capabilities"] == {"drop": ["ALL"]}, name(workload)
            assert not own.get("privileged"), name(workload)
            assert "runAsUser" not in own, name(workload)


def test_nothing_is_written_but_a_small_folder_in_memory(overlay: str) -> None:
    for workload in workloads(overlay):
        volumes = {each["name"]: each for each in pod(workload)["spec"]["volumes"]}
        for container in containers(workload):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name(workload)
            for mount in container["volumeMounts"]:
                volume = volumes[mount["name"]]
                assert "hostPath" not in volume, name(workload)
                if mount["mountPath"] in WRITABLE:
                    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "32Mi"}
                else:
                    assert mount["readOnly"] is True, f"{name(workload)} {mount}"


def test_nobody_shares_what_is_the_machines(overlay: str) -> None:
    for workload in workloads(overlay):
        spec = pod(workload)["spec"]
        assert not [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
        assert spec["enableServiceLinks"] is False, name(workload)
        for container in containers(workload):
            assert not [port for port in container.get("ports", []) if "hostPort" in port]


def test_traefik_alone_has_a_token_of_kubernetes_and_only_reads_with_it(overlay: str) -> None:
    holders = [
        workload["metadata"]["name"]
        for workload in workloads(overlay)
        if pod(workload)["spec"]["automountServiceAccountToken"]
    ]
    assert holders == ["traefik"]
    assert not of_kind(overlay, "ClusterRole", "ClusterRoleBinding")
    (role,) = of_kind(overlay, "Role")
    assert role["metadata"]["namespace"] == "sakina-edge"
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} <= {"get", "list", "watch"}


def test_what_traefik_may_read_holds_no_secret_of_sakinas(overlay: str) -> None:
    for workload in workloads(overlay):
        text = json.dumps(workload)
        if workload["metadata"]["namespace"] == "sakina-edge":
            assert "secretKeyRef" not in text
            assert "secretName" not in text


def test_no_secret_is_written_down(overlay: str) -> None:
    assert not of_kind(overlay, "Secret")
    for one in rendered(overlay):
        text = json.dumps(one)
        assert "amqp://" not in text
        assert "postgresql+psycopg2://" not in text
        assert "PRIVATE KEY" not in text


def test_namespaces_say_how_strict_they_are(overlay: str) -> None:
    edge = named(overlay, "Namespace", "sakina-edge")["metadata"]["labels"]
    assert edge["pod-security.kubernetes.io/enforce"] == "restricted"
    inside = named(overlay, "Namespace", "sakina")["metadata"]["labels"]
    assert inside["pod-security.kubernetes.io/enforce"] == "baseline"
    assert inside["pod-security.kubernetes.io/warn"] == "restricted"
