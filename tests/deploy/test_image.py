import json
import re

from tests.deploy.files import ROOT, is_command, read


def copied() -> list[str]:
    """Return what the image is made of."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", read("Dockerfile"), re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_the_image_runs_commands_that_exist() -> None:
    dockerfile = read("Dockerfile")
    (health,) = re.findall(r"HEALTHCHECK .* CMD (\[.+\])", dockerfile)
    (command,) = re.findall(r"^CMD (\[.+\])", dockerfile, re.MULTILINE)

    assert 'ENTRYPOINT ["milepost"]' in dockerfile
    assert json.loads(health)[0] == "milepost"
    assert is_command(json.loads(health)[1:])
    assert is_command(json.loads(command))


def test_what_the_image_is_made_of_is_let_through() -> None:
    let_through = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}

    assert set(copied()) == let_through


def test_what_the_image_is_made_of_is_there() -> None:
    assert [source for source in copied() if not (ROOT / source).exists()] == []
