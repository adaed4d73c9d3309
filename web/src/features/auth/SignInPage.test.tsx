// Signing in, and what it says when that fails.
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { type Answer, serve, show } from '@/test-support';
import { SignInPage } from './SignInPage';
import { splitUser } from './user';

const LOGIN = 'POST /api/v1/auth/login';

function signIn(answer: Answer, user = 'admin@demo') {
  const calls = serve({ [LOGIN]: answer });
  const { container } = show(<SignInPage />);
  const submit = async () => {
    await screen.findByRole('button', { name: 'Sign in' });
    const field = (selector: string) => container.querySelector<HTMLInputElement>(selector);
    fireEvent.change(field('input[autocomplete=username]') ?? container, { target: { value: user } });
    fireEvent.change(field('input[type=password]') ?? container, { target: { value: 'secret' } });
    fireEvent.submit(container.querySelector('form') ?? container);
  };
  return { calls, submit };
}

describe('sign-in', () => {
  it('sends name and realm apart', async () => {
    const { calls, submit } = signIn({ body: { user: 'admin@demo', role: 'admin', csrf_token: 't' } });
    await submit();
    await waitFor(() =>
      expect(calls.find((call) => call.path.endsWith('/login'))?.body).toEqual({
        username: 'admin',
        realm: 'demo',
        password: 'secret',
      }),
    );
  });

  it('says that user or password is wrong', async () => {
    const { submit } = signIn({ status: 401, body: {} });
    await submit();
    expect((await screen.findByRole('alert')).textContent).toMatch(/User or password is wrong/);
  });

  it('says how long to wait', async () => {
    const { submit } = signIn({ status: 429, body: {}, headers: { 'Retry-After': '30' } });
    await submit();
    expect((await screen.findByRole('alert')).textContent).toBe(
      'Too many wrong attempts. Try again in 30 s.',
    );
  });

  it('tells how accounts are made', async () => {
    serve({});
    show(<SignInPage />);
    expect(
      await screen.findByText('proxmox-ai users create NAME --role admin --password-stdin'),
    ).toBeTruthy();
  });

  it('splits the realm at the last @', () => {
    expect([' admin ', 'a@b@c', '@x', 'x@'].map(splitUser)).toEqual([
      { username: 'admin' },
      { username: 'a@b', realm: 'c' },
      { username: '@x' },
      { username: 'x@' },
    ]);
  });
});
