"""The manifests, and the secrets that the manual's commands make."""
import os
import re
import shlex

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
MANUAL = os.path.join(os.path.dirname(os.path.dirname(HERE)), "Sources/Manual.docc/AcrossHosts.md")


def resources():
    """All that kustomization.yaml lists, by kind and name."""
    with open(f"{HERE}/kustomization.yaml") as file:
        names = yaml.safe_load(file)["resources"]
    found = {}
    for name in names:
        with open(f"{HERE}/{name}") as file:
            for document in yaml.safe_load_all(file):
                key = (document["kind"], document["metadata"]["name"])
                assert key not in found, f"{key} twice"
                found[key] = document
    return found


def secrets():
    """Files of each secret, by their keys, as the manual's kubectl commands make them of the folder that snas keygen makes."""
    with open(MANUAL) as file:
        text = re.sub(r"\\\n", " ", file.read())
    found = {}
    for line in re.findall(r"^kubectl create secret generic .*$", text, re.MULTILINE):
        words = shlex.split(line, comments=True)
        assert words[4] not in found, words[4]
        found[words[4]] = [word.removeprefix("--from-file=") for word in words[5:] if word.startswith("--from-file=")]
    return found


class Workload:
    """A job with its one container."""

    def __init__(self, document):
        self.name = document["metadata"]["name"]
        self.job = document["spec"]
        self.labels = self.job["template"]["metadata"]["labels"]
        self.pod = self.job["template"]["spec"]
        (self.container,) = self.pod["containers"]
        self.volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        self.words = self.container["command"] + self.container["args"]

    def flag(self, name):
        (value,) = [word.split("=", 1)[1] for word in self.words if word.startswith(f"--{name}=")]
        return value

    def codes(self, action):
        rules = [rule["onExitCodes"] for rule in self.job["podFailurePolicy"]["rules"]
                 if rule["action"] == action and "onExitCodes" in rule]
        assert all(rule["operator"] == "In" and rule["containerName"] == self.container["name"] for rule in rules)
        return {code for rule in rules for code in rule["values"]}

    def mounts(self):
        return sorted(self.container["volumeMounts"], key=lambda mount: mount["mountPath"])
