// The conversation on screen: sending opens a turn, reads it to its end and closes the connection.
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { show } from '@/test-support';
import { Chat } from './Chat';

function sse(events: object[]): string {
  return events.map((event, at) => `id: ${at + 1}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

const turn = sse([
  { type: 'TEXT_MESSAGE_START', messageId: 'u', role: 'user' },
  { type: 'TEXT_MESSAGE_CONTENT', messageId: 'u', delta: 'how many guests run?' },
  { type: 'TEXT_MESSAGE_END', messageId: 'u' },
  { type: 'RUN_STARTED', threadId: 't', runId: 'r' },
  { type: 'TEXT_MESSAGE_START', messageId: 'a', role: 'assistant' },
  { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: '**41** guests run.' },
  { type: 'TEXT_MESSAGE_END', messageId: 'a' },
  { type: 'RUN_FINISHED', result: { outcome: 'answer', model: 'none', ms: 3 } },
]);

describe('Chat', () => {
  it('shows question and answer and hangs up when the turn has ended', async () => {
    const hungUp = vi.fn();
    vi.stubGlobal('fetch', async (path: string) => {
      if (path.endsWith('/messages')) {
        // A server that keeps the connection open after the turn.
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(turn)),
          cancel: hungUp,
        });
        return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
      }
      if (path.includes('/events')) return new Response(new ReadableStream({}));
      return new Response('{"threads":[]}');
    });
    show(<Chat thread="t" onThread={() => {}} />);
    const field = await screen.findByRole('textbox', { name: 'Message to the assistant' });
    fireEvent.change(field, { target: { value: 'how many guests run?' } });
    fireEvent.keyDown(field, { key: 'Enter', shiftKey: true });
    expect(screen.queryByText('You:')).toBeNull();
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(await screen.findByText('41')).toBeTruthy();
    expect(screen.getAllByText(/how many guests run/)).toHaveLength(1);
    await waitFor(() => expect(hungUp).toHaveBeenCalledOnce());
    expect(await screen.findByText('built-in understanding, 3 ms')).toBeTruthy();
  });
});
