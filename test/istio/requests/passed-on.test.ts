import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { headersBehind, headersSentOn } from '../../../src/istio/requests/passed-on.ts';

const TO = { destination: { host: 'api', subset: 'v1' } };
const OTHER = { destination: { host: 'api', subset: 'v2' } };

/** What a service gets of `x: a`, by the request operations of the route and of its destination. */
function behind(ofRoute: JsonObject, ofDestination: JsonObject = {}, isSplit = false): unknown {
  const to = { ...TO, headers: { request: ofDestination } };
  const route = { headers: { request: ofRoute }, route: isSplit ? [to, OTHER] : [to] };
  const { headers, openHeaders } = headersBehind(route, to, { headers: { x: 'a' }, openHeaders: {} });
  return Object.keys(openHeaders).length === 0 ? headers : { ...headers, open: Object.keys(openHeaders) };
}

describe('a route', () => {
  test.for<[string, JsonObject, unknown]>([
    ['adds to what is there', { add: { X: 'b' } }, { x: 'a,b' }],
    ['adds what is not there', { add: { y: 'b' } }, { x: 'a', y: 'b' }],
    ['sets in place of what is there', { set: { x: 'b' } }, { x: 'b' }],
    ['removes', { remove: ['X'] }, {}],
    [
      'removes before it sets, and sets before it adds',
      { add: { x: 'c' }, set: { x: 'b' }, remove: ['x'] },
      { x: 'b,c' },
    ],
    ['has no empty values', { add: { x: '', y: '' }, set: { z: '' } }, { x: 'a' }],
    ['doubles a percent sign', { add: { x: 'b%%20c' } }, { x: 'a,b%20c' }],
    ['makes a value of the request', { set: { x: '%REQ(y)%' } }, { open: ['x'] }],
    ['adds a value of the request', { add: { x: '%REQ(y)%' } }, { open: ['x'] }],
    ['sets what it has made of the request', { set: { x: '%REQ(y)%' }, add: { x: 'b' } }, { open: ['x'] }],
    ['does not change the host by a header', { set: { Host: 'b', ':authority': 'c' } }, { x: 'a' }],
  ])('%s', ([, operations, seen]) => {
    expect(behind(operations)).toEqual(seen);
  });
});

describe('a destination', () => {
  test('of one comes after its route, in the same step', () => {
    expect(behind({ add: { x: 'route' } }, { set: { x: 'own' } })).toEqual({ x: 'own,route' });
    expect(behind({ set: { x: 'route' } }, { set: { x: 'own' } })).toEqual({ x: 'own' });
    expect(behind({ set: { x: 'route' } }, { remove: ['x'] })).toEqual({ x: 'route' });
  });

  test('of several comes before its route', () => {
    expect(behind({ add: { x: 'route' } }, { set: { x: 'own' } }, true)).toEqual({ x: 'own,route' });
    expect(behind({ set: { x: 'route' } }, { set: { x: 'own' } }, true)).toEqual({ x: 'route' });
    expect(behind({ remove: ['x'] }, { add: { x: 'own' } }, true)).toEqual({});
  });
});

describe('a service', () => {
  test('sends on what is named, and not what a proxy sets anew', () => {
    const received = {
      headers: { a: '1', b: '2', 'x-request-id': '3' },
      openHeaders: { c: 'why', d: 'why' },
    };
    expect(headersSentOn(received, ['a', 'c', 'x-request-id', 'z'])).toEqual({
      headers: { a: '1' },
      openHeaders: { c: 'why', 'x-request-id': 'a proxy sets it' },
    });
  });
});
