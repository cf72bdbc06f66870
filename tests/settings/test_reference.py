import re
import tomllib
from pathlib import Path

from bot.settings import Settings, from_mapping, load, reference
from bot.settings.model import SECTIONS
from providers.registry import ACCOUNT_TYPES

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "milepost.example.toml"


class Anything(dict[str, str]):
    """An environment in which every variable is set."""

    def __missing__(self, name: str) -> str:
        known = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "MILEPOST_ENCRYPTION_KEY": 43 * "A" + "="}
        return known.get(name, f"value-of-{name}")

    def get(self, name: str, default: object = None) -> str:
        return self[name]


def test_the_printed_reference_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert page == reference(ACCOUNT_TYPES), "docs/configuration.md is old: write bot.settings.reference() into it"


def test_every_key_is_explained_and_has_an_example() -> None:
    for model in [*SECTIONS.values(), *ACCOUNT_TYPES.values()]:
        assert model.__doc__
        for key, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{key} has no description"
            assert field.examples, f"{model.__name__}.{key} has no example"


def test_the_reference_names_every_key_once_per_table() -> None:
    page = reference(ACCOUNT_TYPES)

    tables = [*SECTIONS.values(), *ACCOUNT_TYPES.values()]
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert rows == [key for table in tables for key in table.model_fields]
    assert "PydanticUndefined" not in page


def test_the_example_file_loads_with_an_account_at_every_cloud() -> None:
    settings = load(EXAMPLE, Anything(), ACCOUNT_TYPES)

    assert {account.provider for account in settings.accounts.values()} == set(ACCOUNT_TYPES)
    assert settings.slack.configured
    assert settings.store.sealing_key == bytes(32)


def test_the_example_file_shows_the_defaults() -> None:
    written = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    written.pop("accounts")

    assert from_mapping(written, {}, ACCOUNT_TYPES) == Settings()


def test_the_example_file_names_every_key_of_the_sections() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")

    for name, model in SECTIONS.items():
        table = text.partition(f"\n[{name}]\n")[2].partition("\n[")[0]
        assert set(re.findall(r"^(?:# )?(\w+) = ", table, re.MULTILINE)) == set(model.model_fields)


def test_the_lines_that_are_commented_out_are_right_too() -> None:
    text = re.sub(
        r"^# (?=(?:session_token|scheme|project_id|iam_endpoint|operators|managers|channels|groups) = )",
        "",
        EXAMPLE.read_text("utf-8"),
        flags=re.MULTILINE,
    )

    settings = from_mapping(tomllib.loads(text), Anything(), ACCOUNT_TYPES)

    assert settings.slack.operators == "C0123456789"
    assert settings.permissions.managers == {"C0123456789": ("U0123456789",), "*": ("U0987654321",)}
    assert settings.accounts["drs"].channels == ("C0123456789",)
    assert settings.accounts["drs"].groups == ("S0123456789",)


def test_every_printed_example_is_toml() -> None:
    for example in re.findall(r"\| `([^`]*)` \|$", reference(ACCOUNT_TYPES), re.MULTILINE):
        assert len(tomllib.loads(example)) == 1
