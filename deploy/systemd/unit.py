"""A unit file, and what systemd would start by it."""
import re
import shlex

MINUTES_AND_SECONDS = {"": 1, "s": 1, "min": 60, "h": 3600}


def seconds(text):
    """Of a time as units write it: 15min, 5min 20s, 60."""
    return sum(int(number) * MINUTES_AND_SECONDS[unit] for number, unit in re.findall(r"(\d+)\s*([a-z]*)", text))


class Unit:
    """The settings of a template, with its instance put in."""

    def __init__(self, path, instance):
        self.instance = instance
        self.settings = {}
        with open(path) as file:
            text = file.read()
        for line in re.sub(r"\\\n", " ", text).splitlines():
            if line and line[0] not in "#;[":
                name, value = line.split("=", 1)
                self.settings.setdefault(name, []).append(value.strip())

    def all(self, name):
        return self.settings.get(name, [])

    def __getitem__(self, name):
        values = self.all(name)
        assert len(values) == 1, f"{name}: {values}"
        return values[0]

    def __contains__(self, name):
        return name in self.settings

    def codes(self, name):
        return {int(code) for code in self[name].split()}

    def named(self, text):
        """With the specifiers that the units use in their places."""
        places = {"%i": self.instance, "%S": "/var/lib", "%C": "/var/cache", "%%": "%"}
        assert set(re.findall("%.", text)) <= set(places), text
        return re.sub("%.", lambda found: places[found[0]], text)

    def command(self, variables):
        """The words of ExecStart=: `$NAME` alone is words, `${NAME}` is a part of one, `$$` is a dollar sign."""
        words = []
        for word in shlex.split(self.named(self["ExecStart"])):
            if re.fullmatch(r"\$[A-Z_]+", word):
                words += variables[word[1:]].split()
            else:
                words.append(re.sub(
                    r"\$\$|\$\{([A-Z_]+)\}", lambda found: "$" if found[0] == "$$" else variables[found[1]], word))
        return words


def environment(path):
    """Of a file as EnvironmentFile= reads it, with nothing quoted."""
    with open(path) as file:
        lines = [line.strip() for line in file if line.strip() and line[0] not in "#;"]
    return dict(line.split("=", 1) for line in lines)
