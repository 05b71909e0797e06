"""The options and arguments of every command: made by tools/generate.py from those of cli/."""

# fmt: off
# ruff: noqa
from __future__ import annotations

from collections.abc import Callable, Mapping

from r1c.cli.call import Argument, Command, Option

COMPLETION = '_R1C_COMPLETE'

GROUPS: Mapping[tuple[str, ...], Mapping[str, str]] = {
    (): {'-q': 'quiet', '--quiet': 'quiet', '-v': 'verbose', '--verbose': 'verbose', '--no-color': 'plain'},
    ('bench',): {},
    ('import',): {'-q': 'quiet', '--quiet': 'quiet', '-v': 'verbose', '--verbose': 'verbose', '--no-color': 'plain'},
}

COMMANDS: Mapping[tuple[str, ...], Callable[[], Command]] = {
    ('bench', 'compare'): lambda: Command(
        'bench_compare',
        (
            Option(spellings=('--fail-on',), name='fail_on', kind='text', repeated=True),
            Option(spellings=('--format',), name='form', kind='choice', words=('table', 'json', 'csv')),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='first', required=True, many=False),
            Argument(name='second', required=True, many=False),
        ),
        {'fail_on': (), 'form': 'table'},
    ),
    ('bench', 'parse'): lambda: Command(
        'bench_parse',
        (
            Option(spellings=('--format',), name='form', kind='choice', words=('table', 'json', 'csv')),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='results', required=True, many=True),
        ),
        {'form': 'table'},
    ),
    ('bench', 'plot'): lambda: Command(
        'bench_plot',
        (
            Option(spellings=('-o', '--output'), name='output', kind='text'),
            Option(spellings=('--latency',), name='latency', kind='text'),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='results', required=True, many=True),
        ),
        {'latency': 'p99_ttft_ms'},
    ),
    ('check',): lambda: Command(
        'check',
        (
            Option(spellings=('--format',), name='form', kind='choice', words=('text', 'json', 'sarif', 'github')),
            Option(spellings=('--strict',), name='strict', kind='flag'),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='profiles', required=True, many=True),
        ),
        {'form': 'text', 'strict': False},
    ),
    ('compile',): lambda: Command(
        'compile',
        (
            Option(spellings=('-o', '--output'), name='output', kind='text'),
            Option(spellings=('--check',), name='check', kind='flag'),
            Option(spellings=('--dry-run',), name='dry_run', kind='flag'),
            Option(spellings=('--force',), name='force', kind='flag'),
            Option(spellings=('--show-profile',), name='show_profile', kind='flag'),
            Option(spellings=('--jobs',), name='jobs', kind='number', least=1),
            Option(spellings=('--strict',), name='strict', kind='flag'),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='profiles', required=True, many=True),
        ),
        {'output': 'out', 'check': False, 'dry_run': False, 'force': False, 'show_profile': False, 'jobs': None, 'strict': False},
    ),
    ('completion',): lambda: Command(
        'complete',
        (
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='shell', required=True, many=False, words=('bash', 'zsh', 'fish')),
        ),
        {},
    ),
    ('diff',): lambda: Command(
        'diff',
        (
            Option(spellings=('--rev',), name='rev', kind='text'),
            Option(spellings=('-o', '--output'), name='output', kind='text'),
            Option(spellings=('--format',), name='form', kind='choice', words=('text', 'markdown', 'json')),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='old', required=True, many=False),
            Argument(name='new', required=False, many=False),
        ),
        {'new': None, 'rev': None, 'output': 'out', 'form': 'text'},
    ),
    ('explain',): lambda: Command(
        'explain',
        (
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='topic', required=False, many=False),
        ),
        {'topic': None},
    ),
    ('import', 'helm'): lambda: Command(
        'import_helm',
        (
            Option(spellings=('--set',), name='settings', kind='text', repeated=True),
            Option(spellings=('--set-file',), name='file_settings', kind='text', repeated=True),
            Option(spellings=('--name',), name='name', kind='text'),
            Option(spellings=('--platform',), name='platform', kind='text'),
            Option(spellings=('--project',), name='project', kind='text'),
            Option(spellings=('--cluster',), name='cluster', kind='text'),
            Option(spellings=('--region',), name='region', kind='text'),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='files', required=True, many=True),
        ),
        {'settings': (), 'file_settings': (), 'name': None, 'platform': None, 'project': None, 'cluster': None, 'region': None},
    ),
    ('import', 'manifest'): lambda: Command(
        'import_manifest',
        (
            Option(spellings=('--name',), name='name', kind='text'),
            Option(spellings=('--platform',), name='platform', kind='text'),
            Option(spellings=('--project',), name='project', kind='text'),
            Option(spellings=('--cluster',), name='cluster', kind='text'),
            Option(spellings=('--region',), name='region', kind='text'),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='file', required=True, many=False),
        ),
        {'name': None, 'platform': None, 'project': None, 'cluster': None, 'region': None},
    ),
    ('init',): lambda: Command(
        'init',
        (
            Option(spellings=('--platform',), name='platform', kind='text'),
            Option(spellings=('--model',), name='model', kind='text'),
            Option(spellings=('--vllm',), name='vllm', kind='text'),
            Option(spellings=('-o', '--output'), name='output', kind='text'),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='name', required=False, many=False),
        ),
        {'name': None, 'platform': None, 'model': None, 'vllm': None, 'output': None},
    ),
    ('krm',): lambda: Command(
        'krm',
        (
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
        ),
        {},
    ),
    ('plan',): lambda: Command(
        'plan',
        (
            Option(spellings=('--format',), name='form', kind='choice', words=('text', 'json')),
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='profile', required=True, many=False),
        ),
        {'form': 'text'},
    ),
    ('schema',): lambda: Command(
        'schema',
        (
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
        ),
        {},
    ),
    ('secret',): lambda: Command(
        'secret',
        (
            Option(spellings=('-q', '--quiet'), name='quiet', kind='setting'),
            Option(spellings=('-v', '--verbose'), name='verbose', kind='setting'),
            Option(spellings=('--no-color',), name='plain', kind='setting'),
        ),
        (
            Argument(name='profile', required=True, many=False),
        ),
        {},
    ),
}
