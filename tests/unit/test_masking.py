"""What may be a secret in a message, a traceback or a command line."""

import timeit
from dataclasses import replace
from time import process_time

import pytest

from leakscan import masking
from leakscan.model.analysis import TargetFailure
from leakscan.reports.views.source import without_source
from tests.builders import an_analysis


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no way to postgres://ada:hunter2@db.example.org/app", "no way to postgres://…@db.example.org/app"),
        ("redis://:p/w@d@host:6379/0", "redis://…@host:6379/0"),
        ("https://token@example.org", "https://…@example.org"),
        ("password=hunter2, user=ada", "password=…, user=ada"),
        ("{'db_password': 'hunter 2', 'n': 1}", "{'db_password': …, 'n': 1}"),
        ('{"api-key": "abc"}', '{"api-key": …}'),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=… psql"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: …"),
        ("sent Basic YWRhOmh1bnRlcjI=", "sent Basic …"),
        ("['mysql', '--password', 'hunter2']", "['mysql', '--password', …]"),
        ("https://example.org/x?access_token=abc&page=1", "https://example.org/x?access_token=…&page=1"),
        ("key ghp_16C7e42F292c6912E7aa is bad", "key … is bad"),
        ("AKIAIOSFODNN7EXAMPLE", "…"),
        ("9f86d081884c7d659a2feaa0c55ad015", "…"),
        ("password=b'hunter2', n=1", "password=…, n=1"),
        ("{'password': ['hunter2'], 'n': 1}", "{'password': …"),
        ("token=Secret('hunter2')", "token=…"),
        ('password="ab\\"hunter2", n=1', "password=…, n=1"),
        ("password='''hunter2'''", "password=…"),
        ('{\\"password\\": \\"hunter2\\", \\"n\\": 1}', '{\\"password\\": …, \\"n\\": 1}'),
        ("password=ab'hunter2", "password=…"),
        ("config['password'] = 'hunter2'", "config['password'] = …"),
        ("[(b'password', b'hunter2')]", "[(b'password', …)]"),
        ('Authorization: Digest username="ada", response="hunter2"', "Authorization: …"),
        ("Cookie: a=1; session=hunter2\nHost: a", "Cookie: …\nHost: a"),
        ("Set-Cookie: a=1; session=hunter2", "Set-Cookie: …"),
        ("password => hunter2", "password => …"),
        ("password -> hunter2", "password -> …"),
        ("password = correct hunter2", "password = …"),
        ("<password>hunter2</password>", "<password>…</password>"),
        ('<input name="password" value="hunter2" id="a">', '<input name="password" value=… id="a">'),
        ("next=a%3Fpassword%3Dhunter2&page=1", "next=a%3Fpassword%3D…&page=1"),
        ("<db:password a='b'><![CDATA[hunter2]]></db:password>", "<db:password a='b'>…</db:password>"),
        ("password is 'hunter2', user is 'ada'", "password is …, user is 'ada'"),
        ("the password was hunter2 today", "the password was … today"),
        ("no user with password 'hunter2'", "no user with password …"),
        ("password: correct horse hunter2\nuser: ada", "password: …\nuser: ada"),
        ("pass=hunter2 user=ada", "pass=… user=ada"),
        ("DB_PASS=hunter2", "DB_PASS=…"),
        ("dbPass=hunter2", "dbPass=…"),
        ("pw=hunter2", "pw=…"),
        ("passcode=hunter2", "passcode=…"),
        ("auth=('ada', 'hunter2')", "auth=…"),
        ("https://example.org/x?sig=hunter2&page=1", "https://example.org/x?sig=…&page=1"),
        ("https://example.org/x?page=1&code=hunter2", "https://example.org/x?page=1&code=…"),
        ("https://example.org/x?X-Amz-Signature=hunter2#a", "https://example.org/x?X-Amz-Signature=…#a"),
        ("https://hooks.slack.com/services/T0/B0/hunter2", "https://hooks.slack.com/services/…"),
        ("AccountName=ada;AccountKey=hunter2==;Suffix=a", "AccountName=ada;AccountKey=…;Suffix=a"),
        ("--password --hunter2", "--password …"),
        ("at npm_a1b2c3d4e5f6 now", "at … now"),
        ("at SG.hunter2_hunter2.hunter2 now", "at … now"),
        ("at dckr_pat_hunter2 now", "at … now"),
        ("at ya29.hunter2 now", "at … now"),
        ("curl -u ada:hunter2 http://x", "curl -u ada:… http://x"),
        ("curl -uada:hunter2 http://x", "curl -uada:… http://x"),
        ("['curl', '--user', 'ada:hunter2']", "['curl', '--user', 'ada:…']"),
        ("mysql -phunter2 db", "mysql -p… db"),
        ("mysqldump -u root -pswordfish db", "mysqldump -u root -p… db"),
        ("mysqladmin -uroot -phunter2hunter2", "mysqladmin -uroot -p…"),
        ("['mysql', '-uroot', '-pswordfish']", "['mysql', '-uroot', '-p…']"),
        ("mytool -phunter2", "mytool -p…"),
        ("sshpass -p swordfish ssh host", "sshpass -p … ssh host"),
        ("['sshpass', '-p', 'sword fish']", "['sshpass', '-p', …]"),
        ("sshpass -pswordfish; ls", "sshpass -p…; ls"),
        ("sshpass -p 'sword fish' ssh host", "sshpass -p … ssh host"),
        ("mysql -p'sword fish' db", "mysql -p… db"),
        ("docker login -u ada -p swordfish", "docker login -u ada -p …"),
        ("redis-cli -h host -a swordfish ping", "redis-cli -h host -a … ping"),
        ("password hunter2 rejected for ada", "password … rejected for ada"),
        ("the password was swordfish", "the password was …"),
        ("the password is now swordfish.", "the password is now …."),
        ("the password is not swordfish, ada", "the password is not …, ada"),
        ("passwd for ada is correct-horse", "passwd for ada is …"),
        ("(password) hunter2", "(password) …"),
        ("password (hunter2) rejected", "password (…) rejected"),
        ("changed the password to hunter2", "changed the password to …"),
        ("Passwort: hunter2", "Passwort: …"),
        ("das Kennwort lautet sesam", "das Kennwort lautet …"),
        ("contraseña=sesamo", "contraseña=…"),
        ("mot de passe : sesame", "mot de passe : …"),
        ("пароль: сезам", "пароль: …"),
        ("the token for ada is swordfish", "the token for ada is …"),
        ("password 12345678 rejected", "password … rejected"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQVY\n-----END PGP PRIVATE", "… PGP PRIVATE"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "… RSA PRIVATE KEY-----"),
    ],
)
def test_what_may_be_a_secret_is_masked(text: str, shown: str) -> None:
    assert masking.masked(text) == shown
    assert masking.masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'password'",
        "No such file: '/usr/lib/python3.11/site-packages/abc/test_of_2024_things.py'",
        "test_some_long_name_of_2024_with_1234_things",
        "https://example.org:8080/a/b?page=1",
        "ada@example.org",
        "int() expected, got str",
        "the token is expired",
        "the token was not accepted",
        "the token was issued in the future",
        "token expired",
        "Token Expired",
        "the password is required.",
        "your password is too short",
        'password authentication failed for user "ada"',
        "invalid password for ada",
        "no password given",
        "wrong password, try again",
        "unexpected token < in JSON at position 0",
        "8192 tokens, 9000 tokens (8000 in the messages)",
        "if token and OTHER: return password or None",
        "mkdir -p build",
        "ssh -p 22 host",
        "ssh -p2222 host",
        "psql -U ada -h localhost:5432",
        "python -u http://example.org",
        "all tests pass (on 3.11)",
        "compass=3, author: Ada",
        "npm_config_user_agent",
        "missing 1 required positional argument: 'password'",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(text: str) -> None:
    assert masking.masked(text) == text


def test_arguments_are_shown_by_the_names_of_options() -> None:
    given = "--password=hunter2 -p hunter2 --token hunter2 -vvv --verbose -phunter2 - -- 8812 x=y --utf8"

    shown = masking.masked_arguments(given.split())

    assert " ".join(shown) == "--password=… -p … --token … -vvv --verbose -p… - -- … … --utf8"
    assert masking.masked_arguments(shown) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("--password --hunter2", "--password …"),
        ("--db-token -hunter2 --verbose", "--db-token … --verbose"),
        ("--auth -x", "--auth …"),
        ("-p --hunter2", "-p …"),
        ("-phunter2 --verbose", "-p… --verbose"),
        ("--password=hunter2 --verbose", "--password=… --verbose"),
    ],
)
def test_what_follows_an_option_that_is_named_like_a_secret_is_its_value(given: str, shown: str) -> None:
    assert masking.masked_arguments(given.split()) == tuple(shown.split())


@pytest.mark.parametrize(
    "part",
    [
        *(
            "-",
            "password",
            "password ",
            "pass\\",
            "token='",
            'token=\\"',
            "--a-",
            "<a",
            "?a-",
            "a",
            "\\",
            "is ",
        ),
        *(
            "password is ",
            "password for a ",
            "password not ",
            "password is,",
            "is password, ",
            "password (",
            "密码",
        ),
        *("mysql ", "mysql -p ", "login -p=", "ldapa", "-u a:", "-u a", ",-p", "password a=", "pass a'"),
    ],
)
def test_no_text_takes_long(part: str) -> None:
    def seconds(length: int) -> float:
        text = (part * length)[:length]
        return min(timeit.repeat(lambda: masking.masked(text), timer=process_time, number=1, repeat=3))

    # Where the time grew with the square of the length, it would take sixteen times as long.
    assert seconds(32_000) < 10 * seconds(8_000)


def test_a_secret_as_the_name_of_an_option_is_masked() -> None:
    assert masking.masked_arguments(["--ghp-16C7e42F292c6912E7aaaa1"]) == ("…",)


def test_a_message_is_cut_and_a_secret_at_the_cut_is_masked() -> None:
    secret = "x" * (masking.LONGEST_MESSAGE - 40) + " postgres://ada:" + "hunter2" * 10 + "@host"

    shown = masking.message_text(secret + "y" * 10_000_000)

    assert len(shown) <= masking.LONGEST_MESSAGE
    assert "hunter2" not in shown


def test_of_a_long_traceback_both_ends_are_kept() -> None:
    parts = ["Traceback:\n", *(f'  File "a.py", line {n}\n' for n in range(50_000)), "E: " + "x" * 10_000_000]

    shown = masking.traceback_text(parts)

    assert len(shown) < 70_000
    assert shown.startswith('Traceback:\n  File "a.py", line 0\n')
    assert "line 49999\nE: xxx" in shown


def test_a_traceback_of_a_thousand_lines_is_shown_whole() -> None:
    parts = [
        "Traceback:\n",
        *(f'  File "a.py", line {n}, in work\n    work()\n' for n in range(1_000)),
        "E: no\n",
    ]

    assert masking.traceback_text(parts) == "".join(parts)


def test_a_traceback_without_source_keeps_the_places_and_the_message() -> None:
    shown = (
        "Traceback (most recent call last):\n"
        '  File "a.py", line 3, in work\n'
        "    fail(password)\n"
        "    ^^^^^^^^^^^^^^\n"
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "a.py", line 7, in fail\n'
        "  |     raise ValueError\n"
        "  | ValueError: no\n"
        "    way\n"
    )

    analysis = without_source(
        replace(an_analysis(), failure=TargetFailure(message="no", traceback=shown, hint=None))
    )

    assert analysis.failure is not None
    assert analysis.failure.traceback == (
        "Traceback (most recent call last):\n"
        '  File "a.py", line 3, in work\n'
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "a.py", line 7, in fail\n'
        "  | ValueError: no\n"
        "    way\n"
    )
