import { expect, test } from 'vitest';
import { askByHttp } from '../../src/probe/http.ts';
import { startAddress } from '../support/process/address.ts';

test('a header that comes several times is one value, whatever its name', async () => {
  await using address = await startAddress({
    status: 200,
    headers: { 'x-build': ['10', '11'], 'set-cookie': ['a=1; Path=/', 'b=2'] },
  });

  const answer = await askByHttp({ url: address.url, headers: {}, timeout: 60_000 }, {});

  expect(answer).toMatchObject({ headers: { 'x-build': '10, 11', 'set-cookie': 'a=1; Path=/, b=2' } });
});
