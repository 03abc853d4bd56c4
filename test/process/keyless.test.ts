/** GitHub's OIDC token in place of a kubeconfig, in processes: what happens around it, and that nobody sees it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type ExpectStatic } from 'vitest';
import { sameJson, textIn } from '../../src/base/json.ts';
import { authority } from '../support/api-server/certificates.ts';
import { answers, startServer, type FakeServer, type ServerOptions } from '../support/api-server/server.ts';
import { JOB, startGithub, type Github, type Job } from '../support/github.ts';
import { OBJECTS, routing } from '../support/process/cluster.ts';
import { leaksOf } from '../support/process/leaks.ts';
import { runAction, runCli, runPost, type Around, type Ended } from '../support/process/processes.ts';

const ALL = { 'label-selector': 'app=api-domain', 'propagation-wait': '0s' };
const BUILD = { ...ALL, 'pod-selector': 'app=api-domain,build=PR-10' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const SHOW = { operation: 'show', 'label-selector': 'app=api-domain' };

const CA = authority('cluster');
const CERTIFICATE = CA.issue({ commonName: '127.0.0.1' });

interface World extends AsyncDisposable {
  readonly github: Github;
  readonly job: Job;
  readonly server: FakeServer;
  /** Inputs that say where the cluster is. */
  readonly place: Readonly<Record<string, string>>;
  readonly around: Around;
  action(inputs: Readonly<Record<string, string>>, around?: Around): Promise<Ended>;
  /** Parts of tokens that can be seen in what a process left behind. */
  leaks(ended: Ended): string[];
}

interface Trust {
  /** Default: the server's URL. */
  readonly audience?: string;
  readonly ownerId?: string;
  /** May more be wrong with a token that was good before? */
  readonly isGood?: (token: string) => boolean;
  readonly server?: ServerOptions;
}

/** An API server that accepts tokens by the rules that `istiops keyless` prints. */
async function startWorld({
  audience,
  ownerId = JOB.repository_owner_id,
  isGood,
  server: more,
}: Trust = {}): Promise<World> {
  const github = await startGithub();
  const job = github.job();
  let expected = audience;
  const server = await startServer({
    objects: OBJECTS,
    users: {},
    tls: CERTIFICATE,
    userOfToken: (token) => {
      const claims = github.claimsIn(token);
      const isKnown = claims?.['aud'] === expected && claims?.['repository_owner_id'] === ownerId;
      if (claims === undefined || !isKnown || isGood?.(token) === false) return undefined;
      const [id, environment, ref] = ['repository_id', 'environment', 'ref'].map((name) =>
        textIn(claims[name]),
      );
      return `github:${id ?? ''}:${environment === '' ? (ref ?? '') : `environment:${environment ?? ''}`}`;
    },
    ...more,
  });
  expected ??= server.url;
  const place = { server: server.url, 'certificate-authority': CA.cert };
  const around = { env: job.env };
  return {
    github,
    job,
    server,
    place,
    around,
    action: (inputs, own = around) => runAction({ ...place, ...inputs }, own),
    leaks: (ended) => {
      const { requests } = server;
      // The head of a token is the same for each of one key, and says nothing; the rest is what counts.
      return leaksOf({ ...ended, requests }, [
        job.own,
        ...job.tokens.flatMap((one) => [one, ...one.split('.')]),
      ]);
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await github[Symbol.asyncDispose]();
    },
  };
}

describe.concurrent('a change by the token of the job', () => {
  test('one token, for the server, masked; and nothing of it is seen', async ({ expect }) => {
    await using world = await startWorld();
    const { job, server } = world;
    const ended = await world.action(WEIGHT);

    expect(ended.outputs).toMatchObject({ changed: 'true', server: server.url, context: 'keyless' });
    expect(ended.code).toBe(0);
    expect(job.audiences).toEqual([server.url]);
    expect(new Set(server.requests.map(({ user }) => user))).toEqual(
      new Set(['github:123456:refs/heads/main']),
    );
    for (const secret of [job.own, job.tokens[0] ?? ''])
      expect(ended.stdout).toContain(`::add-mask::${secret}\n`);
    expect(world.leaks(ended)).toEqual([]);
    // The step that takes it back needs the same inputs.
    expect(ended.summary).toContain(`    server: ${server.url} # the job needs permissions: id-token: write`);
  });

  test('for an audience of its own, and by a certificate authority in base64', async ({ expect }) => {
    await using world = await startWorld({ audience: 'kubernetes' });
    const ended = await world.action({
      ...SHOW,
      audience: 'kubernetes',
      'certificate-authority': Buffer.from(CA.cert).toString('base64'),
    });
    expect([ended.code, world.job.audiences]).toEqual([0, ['kubernetes']]);
  });

  test('on the command line, in a step that runs it, with the path of the certificate authority', async ({
    expect,
  }) => {
    await using world = await startWorld();
    const { server } = world;
    const args = ['--server', server.url, '--certificate-authority', 'ca.crt'];
    const around = { ...world.around, files: { 'ca.crt': CA.cert } };
    const shown = await runCli(['traffic', 'show', '-l', 'app=api-domain', ...args], around);
    expect([shown.code, shown.stderr]).toEqual([0, expect.stringContaining(", with GitHub's OIDC token\n")]);
    const seen = await runCli(['doctor', ...args], around);
    expect(seen.stdout).toContain(`\
Credentials  GitHub's OIDC token
Cluster      ${server.url}
User         github:123456:refs/heads/main (system:authenticated)
`);
    for (const ended of [shown, seen]) expect(world.leaks(ended)).toEqual([]);
  });

  test('the post step asks for one of its own', async ({ expect }) => {
    await using world = await startWorld();
    const { github, job, server } = world;
    const temp = await mkdtemp(join(tmpdir(), 'istiops-job-'));
    try {
      const before = routing(server);
      const inputs = { ...world.place, ...WEIGHT, 'on-failure': 'rollback' };
      const env = { ...world.around.env, RUNNER_TEMP: temp };
      const main = await runAction(inputs, { env });
      github.rotate();
      const post = await runPost(inputs, main, { env });

      expect([main.code, post.code]).toEqual([0, 0]);
      expect(routing(server)).toMatchObject(before as object);
      expect(job.tokens).toHaveLength(2);
      for (const ended of [main, post]) expect(world.leaks(ended)).toEqual([]);
    } finally {
      await rm(temp, { recursive: true });
    }
  });
});

describe.concurrent('a token that runs out in the middle', () => {
  test('has less than a minute to live: each request has a new one', async ({ expect }) => {
    await using world = await startWorld();
    world.job.live(30);
    const ended = await world.action(WEIGHT);
    expect(ended.outputs['changed']).toBe('true');
    expect(world.job.tokens).toHaveLength(world.server.requests.length);
    expect(world.leaks(ended)).toEqual([]);
  });

  test.for([6, 8, 9, 10])('is refused after %d requests: a new one, once', async (good, { expect }) => {
    let first: string | undefined;
    let used = 0;
    await using world = await startWorld({
      isGood: (token) => {
        first ??= token;
        if (token === first) used += 1;
        return token !== first || used <= good;
      },
    });
    const ended = await world.action(WEIGHT);
    expect(ended.outputs['changed'], ended.stdout).toBe('true');
    expect(world.job.tokens).toHaveLength(2);
    expect(world.leaks(ended)).toEqual([]);
  });

  test('because the key is rotated: a new one, once', async ({ expect }) => {
    await using world = await startWorld();
    const { github, job, server } = world;
    server.on('DRYRUN destinationrules', {
      meanwhile: () => {
        github.rotate();
      },
    });
    const ended = await world.action(WEIGHT);
    expect(ended.outputs['changed'], ended.stdout).toBe('true');
    expect(job.tokens).toHaveLength(2);
    expect(world.leaks(ended)).toEqual([]);
  });
});

describe.concurrent('a token that is refused', () => {
  const refused = async (world: World, expect: ExpectStatic, reason = 'unauthorized'): Promise<string> => {
    const before = routing(world.server);
    const ended = await world.action(WEIGHT);
    expect(ended.outputs).toMatchObject({ changed: 'false', 'failure-reason': reason });
    expect(sameJson(routing(world.server), before)).toBe(true);
    expect(world.leaks(ended)).toEqual([]);
    const [, message = ''] = /^::error[^:]*::(.*)$/m.exec(ended.stdout) ?? [];
    return message.replaceAll('%0A', '\n').replaceAll('%25', '%').replaceAll('%3A', ':');
  };

  test('for another audience: what it says, and what prints a configuration that accepts it', async ({
    expect,
  }) => {
    await using world = await startWorld({ audience: 'https://other.example' });
    const message = await refused(world, expect);
    expect(message.replaceAll(world.server.url, 'https://server').replaceAll(/20\d\d-\S+Z/g, 'TIME'))
      .toMatchInlineSnapshot(`
      "unauthorized: The API server https://server doesn't accept GitHub's OIDC token of this job (401 Unauthorized). Its claims are those of this job and of the audience that was asked for, and by the server's clock it is valid. So the AuthenticationConfiguration of the API server lacks the issuer or the audience, or has a rule for another owner or repository; or the server can't get the keys of the issuer. Compare the claims below with that configuration; \`istiops keyless --repository-id 123456 --repository-owner-id 4711 --audience https://server\` prints one that accepts them.

      iss: https://token.actions.githubusercontent.com
      aud: https://server
      repository_id: 123456
      repository_owner_id: 4711
      environment: (none)
      ref: refs/heads/main
      nbf: TIME
      exp: TIME"
    `);
    // Once, and once more with a new one; five lists share them.
    expect(world.job.tokens).toHaveLength(2);
  });

  test('because it is for somebody else than was asked for', async ({ expect }) => {
    await using world = await startWorld();
    world.job.say({ aud: 'https://other.example' });
    expect(await refused(world, expect)).toContain(
      `What does not fit: aud is https://other.example, and ${world.server.url} was asked for.`,
    );
  });

  test('of another owner and repository', async ({ expect }) => {
    await using world = await startWorld();
    world.job.say({ repository_id: '99', repository_owner_id: '98' });
    expect(await refused(world, expect)).toContain(
      "What does not fit: repository_id is 99, and this job's is 123456; repository_owner_id is 98, and this job's is 4711.",
    );
  });

  test('and has expired', async ({ expect }) => {
    await using world = await startWorld();
    world.job.live(-3_600);
    expect(await refused(world, expect)).toMatch(
      /What does not fit: exp is 20\S+Z, and the server's clock says 20\S+Z: it has expired\./,
    );
  });

  test('and is no JWT', async ({ expect }) => {
    await using world = await startWorld();
    world.job.answer(
      ...Array.from({ length: 4 }, () => ({ status: 200, body: { value: 'opaque-t0ken-of-s0mebody' } })),
    );
    expect(await refused(world, expect)).toContain("it can't be decoded");
  });

  test('for want of a right: as whom the server knows the job, and a Role for it', async ({ expect }) => {
    await using world = await startWorld();
    world.job.say({ environment: 'canary' });
    world.server.deny('update', 'virtualservices');
    const message = await refused(world, expect, 'forbidden');
    expect(message).toContain(
      'The API server knows you as "github:123456:environment:canary" (group system:authenticated).',
    );
    expect(message).toContain('    name: github:123456:environment:canary');
    expect(message).toContain('  name: istiops-github:123456:environment:canary\n');
  });
});

describe.concurrent('no token', () => {
  test('without the permission, or for a pull request of a fork: nothing is contacted', async ({
    expect,
  }) => {
    await using world = await startWorld();
    const ended = await world.action(WEIGHT, {});
    expect(ended.outputs).toMatchObject({ changed: 'false', 'failure-reason': 'unauthorized' });
    expect(ended.stdout).toContain('`permissions: id-token: write`');
    expect(ended.stdout).toContain('%0A%0Apermissions:%0A  id-token: write');
    expect(ended.stdout).toContain('A pull request from a fork gets no token');
    expect(world.server.requests).toEqual([]);
  });

  test('at first: it is asked for again', async ({ expect }) => {
    await using world = await startWorld();
    world.job.answer({ status: 503, body: { message: 'busy' } });
    const ended = await world.action(SHOW);
    expect([ended.code, world.job.audiences.length]).toEqual([0, 2]);
  });

  test('at all: the words of the refusal, without what they repeat', async ({ expect }) => {
    await using world = await startWorld();
    const { job, server } = world;
    job.answer({ status: 403, body: { message: `bad credentials Bearer ${job.own}` } });
    const ended = await world.action(SHOW);
    expect(ended.outputs['failure-reason']).toBe('unauthorized');
    expect(ended.stdout).toMatch(
      /No credentials for https:\S+: GitHub's OIDC token is missing; the address that gives it, 127\.0\.0\.1:\d+, refuses \(403\): bad credentials Bearer \*\*\*/,
    );
    expect(world.leaks(ended)).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe.concurrent('secrets', () => {
  test('no part of a token is seen where a server repeats it', async ({ expect }) => {
    await using world = await startWorld({ server: { warnings: ['seen'] } });
    const { job, server } = world;
    server.always('PUT virtualservices', {
      instead: () => {
        const token = job.tokens.at(-1) ?? '';
        return answers.denied(`header Bearer ${token}, ${Buffer.from(token).toString('base64')}`, 422);
      },
    });
    const ended = await world.action(WEIGHT);
    expect(ended.outputs['failure-reason']).toBe('rejected');
    expect(ended.stdout).toContain('header Bearer ***');
    expect(world.leaks(ended)).toEqual([]);
  });

  test('an address that is not trusted gets no token', async ({ expect }) => {
    await using world = await startWorld();
    const ended = await world.action({ ...SHOW, 'certificate-authority': authority('other').cert });
    expect(ended.outputs['failure-reason']).toBe('unreachable');
    expect(ended.stdout).toContain(
      'its certificate comes from an authority that `certificate-authority` does not have',
    );
    expect(ended.stdout).toContain(
      'Check `server` and `certificate-authority`: they must be of the same cluster',
    );
    expect(world.server.requests).toEqual([]);
  });
});
