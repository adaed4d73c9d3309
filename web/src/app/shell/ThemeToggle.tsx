// Switches between the themes; until it is used the system decides.
import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { m } from '../messages';

export function useThemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('dark', { getInitialValueInEffect: false });
  const dark = scheme === 'dark';
  return {
    label: dark ? m.shell.toLight : m.shell.toDark,
    Icon: dark ? IconSun : IconMoon,
    toggle: () => setColorScheme(dark ? 'light' : 'dark'),
  };
}

export function ThemeToggle() {
  const { label, Icon, toggle } = useThemeToggle();
  return (
    <ActionIcon variant="subtle" color="gray" size={32} aria-label={label} title={label} onClick={toggle}>
      <Icon size={16} />
    </ActionIcon>
  );
}
