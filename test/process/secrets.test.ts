import { describe, expect, test } from 'vitest';
import { SECRETS, secretKubeconfig, TOKEN } from '../support/process/cluster.ts';
import { leaksOf } from '../support/process/leaks.ts';
import { runAction, runCli } from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { answers, startServer } from '../support/api-server/server.ts';

// That no scenario shows a secret is said beside the scenarios; this is about the ways in which one could.

const WEIGHT = {
  operation: 'weight',
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  weight: '20',
  'propagation-wait': '0s',
};
const SHOW = { operation: 'show', 'label-selector': 'app=api-domain' };
const nothing = {
  args: [],
  code: 0,
  stdout: '',
  stderr: '',
  outputs: {},
  summary: '',
  state: {},
  requests: [],
};

describe('what counts as a leak', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test.for([
    ['a token', TOKEN],
    ['a part of one', `…${TOKEN.slice(5, 25)}…`],
    ['its base64', base64(TOKEN)],
    ['its base64 inside another text', base64(`users: [{token: ${TOKEN}}]`)],
    ['its base64 one byte on', base64(`x${TOKEN}`)],
    ...SECRETS.map((secret, i) => [`secret ${i}`, secret] as const),
  ] as const)('%s', ([, text]) => {
    expect(leaksOf({ ...nothing, stdout: `a line\n${text}\n` })).not.toEqual([]);
    expect(leaksOf({ ...nothing, stderr: text })).not.toEqual([]);
    expect(leaksOf({ ...nothing, summary: text })).not.toEqual([]);
    expect(leaksOf({ ...nothing, outputs: { diff: text } })).not.toEqual([]);
    expect(leaksOf({ ...nothing, args: [text] })).not.toEqual([]);
  });

  test('a line that masks it is none', () => {
    expect(leaksOf({ ...nothing, stdout: `::add-mask::${TOKEN}\n` })).toEqual([]);
  });
});

describe.concurrent('the Action', () => {
  test('masks every secret before it prints anything', async ({ expect }) => {
    await using server = await startServer();
    const { stdout } = await runAction({ ...SHOW, kubeconfig: secretKubeconfig(server) });

    const lines = stdout.split('\n');
    const first = lines.findIndex((line) => !line.startsWith('::add-mask::'));
    const masked = lines.slice(0, first).map((line) => decodeURIComponent(line.slice('::add-mask::'.length)));
    for (const secret of SECRETS) expect(masked).toContain(secret);
    expect(lines.slice(first).join('\n')).not.toContain('add-mask');
  });

  test('shows none of what a plugin answers, nor what it was given', async ({ expect }) => {
    await using server = await startServer({ users: {} });
    const credential = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: TOKEN },
    });
    const kubeconfig = secretKubeconfig(server, 'plugin').replace(
      /echo .*exit 3/,
      `cat "$HOME/credential"; echo "$CLIENT_SECRET" >&2`,
    );
    const ended = await runAction({ ...SHOW, kubeconfig }, { files: { credential } });

    expect(ended.outputs['failure-reason']).toBe('unauthorized');
    expect(server.requests.map(({ authorization }) => authorization)).toContain('Bearer ***');
    expect(leaksOf({ ...ended, requests: server.requests })).toEqual([]);
    expect(ended.stdout).toContain(`::add-mask::${TOKEN}\n`);
  });

  test('shows none when the server repeats the request in its answer', async ({ expect }) => {
    await using server = await startServer();
    server.always('* *', answers.status(400, `bad header "Authorization: Bearer ${TOKEN}"`));
    const ended = await runAction({ ...SHOW, kubeconfig: secretKubeconfig(server) });

    expect(ended.stdout).toContain('bad header');
    expect(leaksOf({ ...ended, requests: server.requests })).toEqual([]);
  });
});

describe.concurrent('the command line', () => {
  test('shows none when the server repeats the request in its answer', async ({ expect }) => {
    await using server = await startServer();
    server.always('* *', answers.status(400, `bad header "Authorization: Bearer ${TOKEN}"`));
    const ended = await runCli(['traffic', 'show', '-l', 'app=api-domain', '-o', 'json'], {
      files: { '.kube/config': secretKubeconfig(server) },
    });

    expect(ended.stdout).toContain('bad header');
    expect(leaksOf({ ...ended, requests: server.requests })).toEqual([]);
  });
});

describe.concurrent('a server or a webhook that has seen the token', () => {
  /** What an echo may look like: encoded, cut, within something else. */
  const echoes: readonly (readonly [string, string])[] = [
    ['percent-encoded', Array.from(TOKEN, (one) => `%${one.charCodeAt(0).toString(16)}`).join('')],
    ['in base64', Buffer.from(TOKEN).toString('base64')],
    ['in base64, one byte on', Buffer.from(`"${TOKEN}"`).toString('base64')],
    ['in base64 for URLs, two bytes on', Buffer.from(`=>${TOKEN}`).toString('base64url')],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ authorization: `Bearer ${TOKEN}/` }))],
    ['as HTML', Array.from(TOKEN, (one) => `&#${one.charCodeAt(0)};`).join('')],
    ['cut', `${TOKEN.slice(0, 9)}... and ...${TOKEN.slice(-9)}`],
    ['cut after it was encoded', Buffer.from(TOKEN).toString('base64').slice(3, 14)],
  ];

  test.for(echoes)('shows nothing of it: %s', async ([, echo], { expect }) => {
    await using server = await startServer({ ...serverOptions(), warnings: [`seen ${echo}`] });
    server.always('PUT virtualservices', answers.denied(`header ${echo}`, 422));
    const kubeconfig = secretKubeconfig(server);
    const action = await runAction({ ...WEIGHT, kubeconfig });
    const cli = await runCli(
      [
        'traffic',
        'weight',
        '-l',
        'app=api-domain',
        '-p',
        'app=api-domain,build=PR-10',
        '--weight',
        '20',
        '--propagation-wait',
        '0s',
        '-o',
        'json',
      ],
      { files: { '.kube/config': kubeconfig } },
    );

    for (const ended of [action, cli]) {
      const { stdout, stderr, summary, outputs } = ended;
      const shown = [
        stdout.replaceAll(/^::add-mask::.*$/gm, ''),
        stderr,
        summary,
        JSON.stringify(outputs),
      ].join('\n');
      expect(shown).toMatch(/header .*(\*\*\*|&#42;&#42;&#42;)/);
      const words = /\W(authorization|and)\W/.test(echo) ? TOKEN : echo;
      for (let at = 0; at + 8 <= words.length; at++) expect(shown).not.toContain(words.slice(at, at + 8));
      expect(leaksOf({ ...ended, requests: server.requests })).toEqual([]);
    }
  });
});
