// Navigation on wide screens, and who is signed in.
import { ActionIcon } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { WaitingCount } from '@/features/runs';
import { m } from '../messages';
import { useSession } from '../session';
import { pages } from './pages';
import classes from './shell.module.css';
import { ThemeToggle } from './ThemeToggle';

export function SideBar() {
  const { state, signOut } = useSession();
  return (
    <nav className={classes.side} aria-label={m.shell.navigation}>
      <div className={classes.brand} aria-hidden="true">
        <span className={classes.brandMark} />
        <span className={classes.sideText}>{m.product}</span>
      </div>
      <ul className={classes.links}>
        {pages.map(({ to, label, icon: Icon }) => (
          <li key={to}>
            <Link
              to={to}
              className={classes.link}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              title={label}
            >
              <Icon size={16} aria-hidden="true" />
              <span className={classes.sideText}>{label}</span>
              {to === '/plans' && <WaitingCount />}
            </Link>
          </li>
        ))}
      </ul>
      <div className={classes.me}>
        {state.kind === 'in' && (
          <span
            className={`${classes.user} ${classes.sideText}`}
            title={m.shell.signedInAs(state.session.user, state.session.role)}
          >
            <span className="entity-text">{state.session.user}</span>
            <span className="dim">{state.session.role}</span>
          </span>
        )}
        <ThemeToggle />
        <ActionIcon
          variant="subtle"
          color="gray"
          size={32}
          aria-label={m.shell.signOut}
          title={m.shell.signOut}
          onClick={() => void signOut()}
        >
          <IconLogout size={16} />
        </ActionIcon>
      </div>
    </nav>
  );
}
