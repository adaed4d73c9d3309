// Reads server-sent events from a fetch response: EventSource can neither POST nor send our CSRF header.

export interface StreamEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Splits a stream of text chunks into events, by the rules of the HTML standard. */
export class EventParser {
  private rest = '';
  private data: string[] = [];
  private event = '';
  private lastId: string | null = null;
  private first = true;

  /** Feeds one chunk, returns the events it completed. */
  push(chunk: string): StreamEvent[] {
    let text = this.rest + chunk;
    if (this.first && text.length > 0) {
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      this.first = false;
    }
    const events: StreamEvent[] = [];
    let from = 0;
    for (;;) {
      const end = text.slice(from).search(/[\r\n]/);
      if (end < 0) break;
      const at = from + end;
      // A CR at the end of a chunk may be half of a CRLF: wait for what follows.
      if (text[at] === '\r' && at + 1 === text.length) break;
      const line = text.slice(from, at);
      from = at + (text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1);
      const done = this.line(line);
      if (done) events.push(done);
    }
    this.rest = text.slice(from);
    return events;
  }

  private line(line: string): StreamEvent | null {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.lastId = value;
    return null;
  }

  private dispatch(): StreamEvent | null {
    const data = this.data.join('\n');
    const empty = this.data.length === 0;
    const event = this.event || 'message';
    this.data = [];
    this.event = '';
    return empty ? null : { id: this.lastId, event, data };
  }
}

/** The events of a response, as they arrive. Cancelling the loop closes the connection. */
export async function* readEvents(response: Response): AsyncGenerator<StreamEvent> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {
      // Already closed by the other side.
    });
  }
}
