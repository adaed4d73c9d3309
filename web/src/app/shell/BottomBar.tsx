// Navigation on narrow screens: four pages and the rest.
import { Menu } from '@mantine/core';
import { IconDots, IconLogout } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { WaitingCount } from '@/features/runs';
import { m } from '../messages';
import { useSession } from '../session';
import { pages } from './pages';
import classes from './shell.module.css';
import { useThemeToggle } from './ThemeToggle';

export function BottomBar() {
  const { signOut } = useSession();
  const theme = useThemeToggle();
  const order = ['/', '/guests', '/assistant', '/plans'];
  const bottom = pages
    .filter((page) => page.bottom)
    .sort((a, b) => order.indexOf(a.to) - order.indexOf(b.to));
  return (
    <nav className={classes.bottom} aria-label={m.shell.mobileNavigation}>
      {bottom.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          className={classes.bottomLink}
          activeOptions={{ exact: to === '/', includeSearch: false }}
        >
          <Icon size={20} aria-hidden="true" />
          {label}
          {to === '/plans' && <WaitingCount />}
        </Link>
      ))}
      <Menu position="top-end" shadow="none" width={220}>
        <Menu.Target>
          <button type="button" className={classes.bottomLink}>
            <IconDots size={20} aria-hidden="true" />
            {m.shell.more}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {pages
            .filter((page) => !page.bottom)
            .map(({ to, label, icon: Icon }) => (
              <Menu.Item
                key={to}
                leftSection={<Icon size={16} aria-hidden="true" />}
                renderRoot={(props) => <Link to={to} {...props} />}
              >
                {label}
              </Menu.Item>
            ))}
          <Menu.Divider />
          <Menu.Item leftSection={<theme.Icon size={16} aria-hidden="true" />} onClick={theme.toggle}>
            {theme.label}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden="true" />} onClick={() => void signOut()}>
            {m.shell.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
