import { expect } from '@playwright/test';
import * as packet from 'dns-packet';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { loopback as test } from '../fixtures/loopback.ts';

const NAME = '_mandate-challenge.contoso-labs.example';

test.describe('the DNS server', () => {
  const resolverOf = (address: string) => {
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([address]);
    return resolver;
  };

  test('gives each outcome', async ({ zone }) => {
    const resolver = resolverOf(zone.address);

    await expect(resolver.resolveTxt(NAME)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    zone.set(NAME, { kind: 'no TXT' });
    await expect(resolver.resolveTxt(NAME)).rejects.toMatchObject({ code: 'ENODATA' });
    zone.set(NAME, { kind: 'server failure' });
    await expect(resolver.resolveTxt(NAME)).rejects.toMatchObject({ code: 'ESERVFAIL' });
    zone.set(NAME, { kind: 'silence' });
    await expect(resolver.resolveTxt(NAME)).rejects.toMatchObject({ code: 'ETIMEOUT' });
    zone.set(NAME, { kind: 'txt', values: ['another', 'value'] });
    expect(await resolver.resolveTxt(NAME)).toEqual([['another'], ['value']]);
  });

  test('answers over TCP what does not fit into UDP', async ({ zone }) => {
    const many = Array.from({ length: 60 }, (_, n) => `value-${n}`);
    zone.set(NAME, { kind: 'txt', values: many });
    expect(await resolverOf(zone.address).resolveTxt(NAME)).toHaveLength(60);
    expect(zone.asked.map(({ over }) => over)).toEqual(['udp', 'tcp']);
  });

  test('truncates on demand what would fit', async ({ zone }) => {
    zone.set(NAME, { kind: 'txt', values: ['short'], overTcpOnly: true });
    const socket = createSocket('udp4');
    socket.send(
      packet.encode({ type: 'query', id: 7, questions: [{ type: 'TXT', name: NAME }] }),
      zone.port,
      '127.0.0.1',
    );
    const [message] = await once(socket, 'message');
    socket.close();
    expect(packet.decode(message)).toMatchObject({ id: 7, flag_tc: true, answers: [] });
    expect(await resolverOf(zone.address).resolveTxt(NAME)).toEqual([['short']]);
  });
});

test('the mail server keeps what it is sent', async ({ mailbox }) => {
  const { hostname, port } = new URL(mailbox.url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  const say = async (line: string) => {
    socket.write(`${line}\r\n`);
    await once(socket, 'data');
  };
  await once(socket, 'data');
  await say('HELO test');
  await say('MAIL FROM:<no-reply@mandate.example>');
  await say('RCPT TO:<Ana@fabrikam.example>');
  await say('DATA');
  const arrival = mailbox.waitFor({ to: 'ana@fabrikam.example', subject: /Grüße/ });
  await say('Message-ID: <1@mandate.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello.\r\n.');
  socket.end();

  expect(await arrival).toMatchObject({ subject: 'Grüße', text: 'Hello.\n', messageId: '<1@mandate.example>' });
  await expect(mailbox.waitFor({ to: 'leo@fabrikam.example', subject: /./ }, 100)).rejects.toThrow(/no mail to leo/);
});
