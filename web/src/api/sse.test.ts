// The event stream parser, by the rules of the HTML standard.
import { describe, expect, it } from 'vitest';
import { EventParser, readEvents } from './sse';

const parse = (...chunks: string[]) => {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};

describe('EventParser', () => {
  it('reads id, event and data', () => {
    expect(parse('id: 7\nevent: step.log\ndata: {"a":1}\n\n')).toEqual([
      { id: '7', event: 'step.log', data: '{"a":1}' },
    ]);
  });

  it('gives the same events however the stream is cut', () => {
    const text = 'id: 1\ndata: one\n\nid: 2\r\ndata: two\r\ndata: lines\r\n\r\n: comment\n\ndata: three\n\n';
    const whole = parse(text);
    expect(whole).toEqual([
      { id: '1', event: 'message', data: 'one' },
      { id: '2', event: 'message', data: 'two\nlines' },
      { id: '2', event: 'message', data: 'three' },
    ]);
    expect(parse(...text)).toEqual(whole);
    for (let at = 1; at < text.length; at += 1)
      expect(parse(text.slice(0, at), text.slice(at))).toEqual(whole);
  });

  it('ignores comments and events without data, and keeps one blank after the colon out', () => {
    expect(parse(': keep-alive\n\nevent: nothing\n\ndata:  x\n\n')).toEqual([
      { id: null, event: 'message', data: ' x' },
    ]);
  });

  it('does not give an event that is not complete', () => {
    expect(parse('data: half')).toEqual([]);
  });

  it('drops a byte order mark and accepts bare carriage returns', () => {
    expect(parse('\ufeffdata: x\r\rdata: y\r\r\n')).toEqual([
      { id: null, event: 'message', data: 'x' },
      { id: null, event: 'message', data: 'y' },
    ]);
  });
});

describe('readEvents', () => {
  it('joins characters that were cut in the middle', async () => {
    const bytes = new TextEncoder().encode('data: 🐘\n\n');
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const events = [];
    for await (const event of readEvents(new Response(body))) events.push(event.data);
    expect(events).toEqual(['🐘']);
  });
});
