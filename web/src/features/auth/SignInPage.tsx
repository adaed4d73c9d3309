// Signing in: name (or name@realm) and password; says what is wrong and how accounts are made.
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { asApiError, auth } from '@/api';
import { m } from '@/app/messages';
import { useSession } from '@/app/session';
import classes from './SignInPage.module.css';
import { splitUser } from './user';

function messageOf(error: unknown): string {
  const api = asApiError(error);
  if (api.status === 401) return m.auth.wrong;
  if (api.status === 429) return m.auth.tooMany(api.retryAfter_s);
  if (api.status === 0) return m.auth.noAnswer;
  return [api.problem.detail ?? api.problem.title, api.problem.hint].filter(Boolean).join(' ');
}

export function SignInPage() {
  const { signedIn } = useSession();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState(false);
  const login = useMutation({
    mutationFn: () => auth.login({ ...splitUser(user), password }),
    onSuccess: signedIn,
    onError: () => setPassword(''),
  });

  useEffect(() => {
    document.title = `${m.auth.title} · ${m.product}`;
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const incomplete = user.trim() === '' || password === '';
    setMissing(incomplete);
    if (!incomplete) login.mutate();
  };
  const trouble = missing ? m.auth.missing : login.isError ? messageOf(login.error) : null;

  return (
    <main className={classes.page}>
      <form className={classes.form} onSubmit={submit} noValidate>
        <div>
          <h1 className={classes.title}>{m.product}</h1>
          <p className={classes.lead}>{m.auth.lead}</p>
        </div>
        <TextInput
          label={m.auth.user}
          description={m.auth.userHint}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <PasswordInput
          label={m.auth.password}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {trouble && (
          <p className={`${classes.trouble} tone-bad tone-text`} role="alert">
            {trouble}
          </p>
        )}
        <Button type="submit" fullWidth loading={login.isPending}>
          {m.auth.submit}
        </Button>
        <div className={classes.help}>
          <p>{m.auth.noAccount}</p>
          <code>{m.auth.createCommand}</code>
        </div>
      </form>
    </main>
  );
}
