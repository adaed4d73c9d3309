// The console behind the sign-in: its router.
import { RouterProvider } from '@tanstack/react-router';
import { router } from './router';

export function Console() {
  return <RouterProvider router={router} />;
}
