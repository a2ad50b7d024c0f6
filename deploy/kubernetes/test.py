"""Tests the manifests: against Kubernetes' schemas, that they fit together and fit the programs, and a search in pods that this script
makes of them as the kubelet would."""
import copy
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)
import confined  # noqa: E402
from checks import Skipped, programs, text, wait_until  # noqa: E402
from manifests import Workload, resources, secrets  # noqa: E402
from pods import Cluster  # noqa: E402

# The oldest version in which Jobs have podFailurePolicy for good, and the newest that the schemas are there for.
OLDEST = "1.31"
PERMANENT, OF_ONE_NODE, STOPPED = {64, 65, 66, 70, 76, 77, 78}, {65, 70, 76}, {75}
STEPS = 44
SHORT = ["--every_epochs=100", "--networks=derived", "--recalibration_images=64"]


# Schemas.


def validated(documents, version):
    program = os.path.join(os.environ.get("KUBERNETES_VALIDATE", ""), "bin/kubernetes-validate")
    if not os.access(program, os.X_OK):
        raise Skipped("no kubernetes-validate, which has the schemas; deploy/kubernetes/test.sh installs it")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump_all(documents, file)
        file.flush()
        outcome = subprocess.run(
            [program, "--strict", *(["-k", version] if version else []), file.name], capture_output=True, text=True,
            check=False)
    said = outcome.stdout + outcome.stderr
    return outcome.returncode == 0 and said.count(" passed for resource ") == len(documents), said


def schemas(version):
    documents = list(resources().values())
    is_valid, said = validated(documents, version)
    assert is_valid, said
    # A field that nobody knows is an error: the API server would drop it without a word.
    wrong = copy.deepcopy(documents)
    next(document for document in wrong if document["kind"] == "Job")["spec"]["paralelism"] = 4
    is_valid, said = validated(wrong, version)
    assert not is_valid and "paralelism" in said, said
    return f"{len(documents)} resources"


def kustomized():
    if not shutil.which("kubectl"):
        raise Skipped("no kubectl")
    outcome = subprocess.run(["kubectl", "kustomize", HERE], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    built = {(document["kind"], document["metadata"]["name"]): document for document in yaml.safe_load_all(outcome.stdout)}
    assert built.keys() == resources().keys(), built.keys()
    images = {Workload(built["Job", name]).container["image"] for name in ("snas-coordinator", "snas-workers")}
    assert len(images) == 1, images
    return f"image {images.pop()}"


# What fits together.


def workloads():
    found = resources()
    return Workload(found["Job", "snas-coordinator"]), Workload(found["Job", "snas-workers"])


def selected(selector):
    return [workload.name for workload in workloads() if selector.items() <= workload.labels.items()]


def selectors():
    found = resources()
    coordinator, workers = workloads()
    service = found["Service", "snas-coordinator"]["spec"]
    assert selected(service["selector"]) == [coordinator.name]
    for name in (coordinator.name, workers.name):
        assert selected(found["NetworkPolicy", name]["spec"]["podSelector"]["matchLabels"]) == [name], name
    (ingress,) = found["NetworkPolicy", coordinator.name]["spec"]["ingress"]
    (peer,) = ingress["from"]
    assert selected(peer["podSelector"]["matchLabels"]) == [workers.name]
    assert "ingress" not in found["NetworkPolicy", workers.name]["spec"]
    (open_port,) = [port["port"] for port in ingress["ports"]]
    (port,) = service["ports"]
    (container_port,) = coordinator.container["ports"]
    assert open_port == port["targetPort"] == container_port["name"]
    assert coordinator.flag("bind") == f"tcp://*:{container_port['containerPort']}" and service["clusterIP"] == "None"
    pages = coordinator.flag("http").replace("127.0.0.1:", "/dev/tcp/127.0.0.1/")
    for probe in ("startupProbe", "livenessProbe"):
        assert f"<>{pages} " in coordinator.container[probe]["exec"]["command"][-1], probe
    assert port["port"] == container_port["containerPort"], "a service without an address does not change ports"
    assert workers.flag("connect") == f"tcp://snas-coordinator:{port['port']}"


def volumes():
    found, made = resources(), secrets()
    for workload in workloads():
        names = [mount["name"] for mount in workload.mounts()]
        assert sorted(names) == sorted(workload.volumes), f"{workload.name}: {names}"
        places = [mount["mountPath"] for mount in workload.mounts()]
        paths = [word.split("=", 1)[1] for word in workload.words if re.match("--[a-z_]+=/", word)]
        assert paths, workload.words
        for path in paths:
            assert any((path + "/").startswith(place + "/") or place.startswith(path + "/") for place in places), path
        for volume in workload.volumes.values():
            if "secret" in volume:
                secret = volume["secret"]
                assert secret["secretName"] in made, f"no command of the manual makes {secret['secretName']}"
                assert secret["defaultMode"] == 0o440, "its owner is root, and only its group is ours"
            elif "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in found
            elif "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in found
            else:
                assert "emptyDir" in volume, volume
    used = {volume["secret"]["secretName"] for workload in workloads() for volume in workload.volumes.values()
            if "secret" in volume}
    assert used == made.keys(), made.keys() ^ used
    return f"{len(used)} secrets"


def codes():
    coordinator, workers = workloads()
    page = subprocess.run([f"{PROGRAMS}/snas", "man"], capture_output=True, text=True, check=True).stdout
    known = {int(code) for code in re.findall(r"^\.TP\n(\d+)$", page.split(".SH EXIT STATUS\n")[1], re.MULTILINE)}
    assert PERMANENT | STOPPED <= known, known
    assert coordinator.codes("FailJob") == PERMANENT and coordinator.codes("Ignore") == STOPPED
    assert workers.codes("FailJob") == PERMANENT - OF_ONE_NODE and workers.codes("Ignore") == STOPPED
    for workload in (coordinator, workers):
        rules = workload.job["podFailurePolicy"]["rules"]
        disrupted = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
        assert disrupted in rules and workload.pod["restartPolicy"] == "Never", workload.name
    # The first worker that ends with 0 completes a Job without a number of completions.
    assert "completions" not in workers.job and workers.job["parallelism"] >= 1
    assert coordinator.job["completions"] == coordinator.job["parallelism"] == 1


def rights():
    with open(f"{HERE}/Containerfile") as file:
        user = re.search(r"^USER (\d+):(\d+)$", file.read(), re.MULTILINE)
    for workload in workloads():
        pod, container = workload.pod["securityContext"], workload.container["securityContext"]
        assert pod["runAsNonRoot"] and pod["seccompProfile"] == {"type": "RuntimeDefault"}
        assert {str(pod[name]) for name in ("runAsUser", "runAsGroup", "fsGroup")} == set(user.groups())
        assert container["readOnlyRootFilesystem"] and not container["allowPrivilegeEscalation"]
        assert container["capabilities"] == {"drop": ["ALL"]}
        assert not workload.pod["automountServiceAccountToken"] and not workload.pod["enableServiceLinks"]
        assert "env" not in workload.container, "keys are never in the environment"
        assert "memory" in workload.container["resources"]["limits"]
    assert "cpu" in workloads()[1].container["resources"]["limits"], "it says how many threads a worker has"


def grace():
    lines = subprocess.run([f"{PROGRAMS}/snas", "settings"], capture_output=True, text=True, check=True).stdout
    drain = float(re.search(r"^cluster\.drain_limit_s = ([\d.]+)", lines, re.MULTILINE)[1])
    of = workloads()[0].pod["terminationGracePeriodSeconds"]
    assert of >= drain + 20, of
    return f"{of} s, of which a step may take {drain:.0f}"


# A search.


def searched(place):
    """Two workers, a coordinator that is moved to another node in the middle, and pods that are begun again as the Jobs say."""
    cluster = Cluster(f"{place}/search", PROGRAMS)
    coordinator, workers = workloads()
    run = f"{cluster.claims['snas-runs']}/search"

    def steps():
        return text(f"{run}/journal.jsonl").count("\n")

    few = SHORT + [f"--max_steps={STEPS}", "--epochs=5", "--min_workers=2"]
    first = cluster.pod(coordinator, few)
    members = [cluster.pod(workers, ["--threads=1"]) for _ in range(2)]
    wait_until(lambda: steps() >= 2, lambda: first.notes() + members[0].notes())
    liveness = coordinator.container["livenessProbe"]
    assert first.probe(liveness), f"not well: {first.notes()}"
    first.process.send_signal(signal.SIGTERM)
    ends = [pod.end() for pod in (first, *members)]
    assert ends == [75, 75, 75], f"{ends}: {first.notes()}{members[0].notes()}"
    assert set(ends) <= coordinator.codes("Ignore") & workers.codes("Ignore"), "both Jobs begin new pods"
    assert not first.probe(liveness), "nobody is there any more"
    done = steps()
    assert done < STEPS, "it was moved in the middle"
    second = cluster.pod(coordinator, few)
    members = [cluster.pod(workers, ["--threads=1"]) for _ in range(2)]
    ends = [pod.end() for pod in (second, *members)]
    assert ends == [0, 0, 0], f"{ends}: {second.notes()}{members[0].notes()}"
    assert steps() == STEPS and "goes on with run /runs/search" in second.notes(), second.notes()
    assert {os.stat(f"{run}/{name}").st_uid for name in os.listdir(run)} == {coordinator.pod["securityContext"]["runAsUser"]}
    genotype = text(f"{run}/genotype.txt")
    assert genotype.startswith("Genotype(") and genotype.strip() in text(f"{second.place}/output")
    return f"moved after {done} of {STEPS} steps, {len(cluster.files)} volumes of files, {cluster.pods} pods"


def threads(place):
    """The limit of the manifest is put in force, of one core here: machines that test have few."""
    if (os.cpu_count() or 1) < 2:
        raise Skipped("this machine has one core")
    cluster = Cluster(f"{place}/limit", PROGRAMS)
    coordinator, workers = workloads()
    assert float(workers.container["resources"]["limits"]["cpu"]) == float(workers.container["resources"]["requests"]["cpu"])
    pods = [cluster.pod(coordinator, SHORT + ["--max_steps=1", "--epochs=1"]), cluster.pod(workers, limit=confined.CoreLimit(1))]
    ends = [pod.end() for pod in pods]
    notes = pods[1].notes()
    assert ends == [0, 0] and re.search(r"ready, 1 threads \(the quota of 1 core of the cgroup ", notes), f"{ends}: {notes}"


def body(report, place):
    for version in (OLDEST, None):
        report.check(f"Kubernetes {version or 'as new as the schemas'} knows every field", schemas, version)
    report.check("kubectl builds the manifests", kustomized)
    report.check("Selectors, labels, ports and names fit together", selectors)
    report.check("Every volume is mounted, and every secret, map and claim is there", volumes)
    report.check("Jobs go on and end by the exit codes that snas documents", codes)
    report.check("Pods have no rights that they do not need", rights)
    report.check("A pod that is ended has time for its step and its checkpoint", grace)

    def confined_to(check):
        if place is None:
            raise Skipped("no namespaces here, or not root")
        return check(place)

    report.check(
        "A search in pods: encrypted, as the manifests' user, moved to another pod, to its end", confined_to, searched)
    report.check("A worker has as many threads as its limit allows cores", confined_to, threads)


PROGRAMS = programs(PROJECT)
confined.main(body, __file__)
