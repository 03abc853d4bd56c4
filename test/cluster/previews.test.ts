/** A link that a browser follows, the baggage that a gateway adds, and the service behind that matches it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { SampleApp } from './plane/sample-app.ts';
import { ask, type Got } from './plane/traffic.ts';
import { action, type Inputs } from './support/doors.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('one click starts a preview of two services', () => {
  const MEMBER = 'preview=pr%2010';
  let web: SampleApp;
  let api: SampleApp;
  let start: readonly Both[];

  const inputsOf = ({ namespace, name }: SampleApp): Inputs => ({
    namespace,
    'label-selector': `app=${name}`,
    'propagation-wait': WAIT,
  });
  const run = async (inputs: Inputs): Promise<Readonly<Record<string, string>>> => {
    const ran = await action(plane, inputs);
    expect(ran.code, ran.stdout).toBe(0);
    return ran.outputs;
  };
  const traffic = async (): Promise<readonly Both[]> =>
    await Promise.all([web, api].map((app) => read(plane, app.namespace, app.name)));

  beforeAll(async () => {
    const namespace = await plane.namespace('previews');
    web = await plane.deployBuilds({ namespace, app: 'web', builds: ['v1', 'pr-10'] });
    api = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'pr-10'] });
    start = await traffic();
  });

  test('the link sets a cookie, and with it the gateway sends to the build', async () => {
    const outputs = await run({
      ...inputsOf(web),
      operation: 'headers',
      'pod-selector': 'app=web,build=pr-10',
      link: 'true',
      baggage: 'preview="pr 10"',
      bridge: 'true',
    });
    expect(outputs['preview-url']).toBe(`https://${web.host}/.preview/pr-10`);
    const clicked = await ask(plane, { host: web.host, path: '/.preview/pr-10?from=chat' });
    expect(clicked.status).toBe(302);
    expect(clicked.headers['location']).toBe(`http://${web.host}/?from=chat`);
    expect(clicked.headers['set-cookie']).toEqual([
      'istiops=web-pr-10; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax',
    ]);
    const cookie = 'theme=dark; istiops=web-pr-10';
    expect((await ask(plane, { host: web.host, headers: { cookie } })).build).toBe('pr-10');
    expect((await ask(plane, { host: web.host, headers: { cookie: 'theme=dark' } })).build).toBe('v1');
  });

  test('the gateway adds the baggage beside the members that are there', async () => {
    const seen = async (headers: Readonly<Record<string, string>>): Promise<unknown> =>
      (await ask(plane, { host: web.host, headers })).seen?.headers['baggage'];
    expect(await seen({ cookie: 'istiops=web-pr-10' })).toBe(MEMBER);
    expect(String(await seen({ cookie: 'istiops=web-pr-10', baggage: 'user=mia' })).split(/, */)).toEqual([
      'user=mia',
      MEMBER,
    ]);
    expect(await seen({})).toBeUndefined();
  });

  test('the service behind matches the member among others, and nothing that looks like it', async () => {
    await run({
      ...inputsOf(api),
      operation: 'headers',
      'pod-selector': 'app=api,build=pr-10',
      baggage: 'preview="pr 10"',
    });
    const buildFor = async (baggage: string | readonly string[]): Promise<Got['build']> =>
      (await ask(plane, { host: api.host, headers: { baggage } })).build;
    for (const baggage of [
      MEMBER,
      `user=mia,${MEMBER}`,
      `user=mia;x=y , \tpreview\t= pr%2010 ;ttl=1;z, a=b`,
      'preview=pr%2010',
      ['user=mia', `${MEMBER};p`],
    ])
      expect(await buildFor(baggage), JSON.stringify(baggage)).toBe('pr-10');
    for (const baggage of [
      `user=mia;${MEMBER}`,
      `x${MEMBER}`,
      `${MEMBER}0`,
      'preview=pr+10',
      'Preview=pr%2010',
    ])
      expect(await buildFor(baggage), JSON.stringify(baggage)).toBe('v1');
  });

  test('the other link ends it, and rollback by the baggage leaves no trace', async () => {
    const left = await ask(plane, { host: web.host, path: '/.preview/off' });
    expect(left.status).toBe(302);
    expect(left.headers['set-cookie']).toEqual([
      'istiops=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
    ]);
    const { namespace } = web;
    await run({ namespace, operation: 'rollback', baggage: 'preview="pr 10"', 'propagation-wait': WAIT });
    expect((await traffic()).map(traces)).toEqual(start.map(traces));
    const clicked = await ask(plane, { host: web.host, path: '/.preview/pr-10' });
    expect([clicked.status, clicked.build]).toEqual([200, 'v1']);
    expect((await ask(plane, { host: api.host, headers: { baggage: MEMBER } })).build).toBe('v1');
  });
});
