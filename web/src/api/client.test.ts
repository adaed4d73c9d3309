// The HTTP client: CSRF token, problem documents, the end of a session.
import { describe, expect, it, vi } from 'vitest';
import { act, auth, query, setCsrfToken, whenSignedOut } from './client';
import { ApiError } from './problem';

function answer(status: number, body: string, headers: Record<string, string> = {}) {
  const fetch = vi.fn(async (_path: string, _init: RequestInit) => new Response(body, { status, headers }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

describe('client', () => {
  it('sends the token of the session with every write', async () => {
    setCsrfToken('t-1');
    const fetch = answer(202, '{"id":"p"}');
    await act('guests.stop', { guests: ['demo/101'] });
    const [path, init] = fetch.mock.calls[0] ?? [];
    expect(path).toBe('/api/v1/guests/stop');
    expect(init?.headers).toMatchObject({ 'X-CSRF-Token': 't-1', 'Content-Type': 'application/json' });
    expect(init?.body).toBe('{"guests":["demo/101"]}');
  });

  it('turns a problem document into an error with code and hint', async () => {
    answer(
      409,
      '{"title":"t","status":409,"code":"plan_expired","detail":"too old","hint":"plan again","retry":"never"}',
    );
    const error = await query('nodes.list', {}).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, code: 'plan_expired', message: 'too old' });
  });

  it('makes an error of an answer that is no problem document', async () => {
    answer(502, '<html>bad gateway</html>');
    await expect(query('nodes.list', {})).rejects.toMatchObject({
      problem: { code: 'http_502', retry: 'safe', title: 'The server answered 502' },
    });
  });

  it('says that nobody answered', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('Failed to fetch');
    });
    await expect(query('nodes.list', {})).rejects.toMatchObject({ status: 0, code: 'no_answer' });
  });

  it('tells when the session has ended, but not when a password is wrong', async () => {
    const ended = vi.fn();
    whenSignedOut(ended);
    answer(401, '{}');
    await auth.login({ username: 'a', password: 'b' }).catch(() => {});
    expect(ended).not.toHaveBeenCalled();
    await query('nodes.list', {}).catch(() => {});
    expect(ended).toHaveBeenCalledOnce();
  });

  it('reads how long to wait', async () => {
    answer(429, '{}', { 'Retry-After': '42' });
    await expect(auth.login({ username: 'a', password: 'b' })).rejects.toMatchObject({ retryAfter_s: 42 });
  });
});
