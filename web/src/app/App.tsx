// Providers, and the decision what to show: sign-in, the console, or that the server does not answer.
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { createQueryClient } from '@/api';
import { SignInPage } from '@/features/auth';
import { ErrorState } from '@/ui/states';
import { theme } from '@/ui/theme';
import { colorSchemeManager } from './colorScheme';
import { SessionProvider, useSession } from './session';

// The console is fetched while the server is asked who is there: sign-in itself needs none of it.
const Console = lazy(() => import('./Console').then((module) => ({ default: module.Console })));

const client = createQueryClient();

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemeManager}>
      <QueryClientProvider client={client}>
        <SessionProvider>
          <Gate />
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Gate() {
  const { state, ask } = useSession();
  switch (state.kind) {
    case 'asking':
      return null;
    case 'out':
      return <SignInPage />;
    case 'unreachable':
      return <ErrorState error={state.error} onRetry={ask} />;
    case 'in':
      return (
        <Suspense>
          <Console />
        </Suspense>
      );
  }
}
