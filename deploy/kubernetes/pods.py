"""Pods, made of the manifests as the kubelet makes them: volumes with their owners and modes, and programs that run as their user."""
import os
import subprocess

import confined
from checks import text
from manifests import resources, secrets


class Kubelet:
    """Makes the volumes of a pod, with the owners and modes that the kubelet gives them."""

    def __init__(self, root, workload, place, files, claims):
        """files: of each secret and config map, texts by their keys; claims: folders of persistent volumes by their claims."""
        self.root, self.workload, self.files, self.claims = root, workload, files, claims
        self.place = place
        self.user = workload.pod["securityContext"]["runAsUser"]
        self.group = workload.pod["securityContext"]["fsGroup"]

    def mount_all(self):
        for mount in self.workload.mounts():
            path = f"{self.place}/{mount['name']}"
            if not os.path.exists(path):
                os.mkdir(path)
                self.fill(path, self.workload.volumes[mount["name"]])
            source = os.path.realpath(f"{path}/{mount['subPath']}") if "subPath" in mount else path
            assert os.path.exists(source), f"{mount}: nothing there"
            self.root.bind(source, mount["mountPath"], read_only=mount.get("readOnly", False))

    def fill(self, path, volume):
        if "persistentVolumeClaim" in volume:
            os.rmdir(path)
            os.symlink(self.claims[volume["persistentVolumeClaim"]["claimName"]], path)
            os.chown(os.path.realpath(path), 0, self.group)
            os.chmod(os.path.realpath(path), 0o2775)
        elif "emptyDir" in volume:
            os.chown(path, 0, self.group)
            os.chmod(path, 0o2777)
        else:
            source = volume.get("secret") or volume.get("configMap")
            key = source.get("secretName") or source["name"]
            self.project(path, self.files[key], source.get("defaultMode", 0o644))

    def project(self, path, files, mode):
        """Files lie in a folder with the time in its name, to which a link leads that is exchanged when they change."""
        folder = "..2026_01_02_03_04_05.678901234"
        os.mkdir(f"{path}/{folder}")
        for name, text in files.items():
            with open(f"{path}/{folder}/{name}", "w") as file:
                file.write(text)
            os.chown(f"{path}/{folder}/{name}", 0, self.group)
            # What the pod's group is given besides, of a volume that nobody writes to.
            os.chmod(f"{path}/{folder}/{name}", mode | 0o440)
            os.symlink(f"..data/{name}", f"{path}/{name}")
        os.symlink(folder, f"{path}/..data")
        os.chown(f"{path}/{folder}", 0, self.group)
        os.chmod(f"{path}/{folder}", 0o2755)
        os.chown(path, 0, self.group)
        os.chmod(path, 0o3777)


class Cluster:
    """What pods are made of: files of secrets and config maps, the folder of the claim, a network of one machine."""

    def __init__(self, place, programs):
        self.place, self.programs, self.pods = place, programs, 0
        os.mkdir(place)
        subprocess.run(
            [f"{self.programs}/snas", "keygen", "--out", f"{place}/keys", "--worker", "cluster"], check=True, capture_output=True)
        self.files = {name: self.contents(sources) for name, sources in secrets().items()}
        self.files["snas-search"] = resources()["ConfigMap", "snas-search"]["data"]
        self.claims = {"snas-runs": f"{place}/claim"}
        os.makedirs(self.claims["snas-runs"])

    def contents(self, sources):
        """As kubectl reads --from-file: a file by its name, of a folder all that lie in it."""
        paths = [f"{self.place}/{source}" for source in sources]
        paths = [file for path in paths
                 for file in ([f"{path}/{name}" for name in sorted(os.listdir(path))] if os.path.isdir(path) else [path])]
        return {os.path.basename(path): text(path) for path in paths}

    def pod(self, workload, more=(), limit=None):
        """Starts what a new pod of the workload starts, with more flags behind its own."""
        self.pods += 1
        place = f"{self.place}/pod-{self.pods}"
        root = confined.Root(place)
        os.mkdir(f"{place}/volumes")
        for program in ("snas", "snas-worker"):
            root.bind(f"{self.programs}/{program}", f"/usr/bin/{program}", read_only=True)
        root.write("/etc/hosts", "127.0.0.1 localhost snas-coordinator\n")
        kubelet = Kubelet(root, workload, f"{place}/volumes", self.files, self.claims)
        kubelet.mount_all()
        root.seal()
        pod = Pod(root, place, kubelet.user, (workload.pod["securityContext"]["runAsGroup"], kubelet.group))
        with open(f"{place}/output", "w") as output, open(f"{place}/notes", "w") as notes:
            pod.process = pod.start(
                workload.words + list(more), stdout=output, stderr=notes, limit=limit,
                environment={"HOSTNAME": f"{workload.name}-{self.pods}"})
        return pod


class Pod:
    def __init__(self, root, place, user, groups):
        self.root, self.place, self.user, self.groups = root, place, user, groups
        self.process = None

    def start(self, words, **more):
        return confined.start(self.root, words, user=self.user, groups=self.groups, **more)

    def probe(self, probe):
        """Whether a probe's command finds the pod well."""
        return self.start(probe["exec"]["command"], stderr=subprocess.DEVNULL).wait(timeout=60) == 0

    def notes(self):
        return text(f"{self.place}/notes")

    def end(self):
        return self.process.wait(timeout=120)
