// Mantine's tokens set to ours: system fonts, 4 px grid, colour only with meaning.
import { createTheme, Modal, Tooltip } from '@mantine/core';
import sheet from './sheet.module.css';

export const theme = createTheme({
  primaryColor: 'blue',
  // The greys of the dark theme lean to blue, as in global.css; Mantine's own are neutral.
  colors: {
    dark: [
      '#e4e8ed',
      '#c3cad3',
      '#9ba6b3',
      '#7d8896',
      '#36404c',
      '#29313b',
      '#1c222a',
      '#151a20',
      '#12161b',
      '#0f1317',
    ],
  },
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 4,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '28px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  headings: { fontWeight: '600' },
  focusRing: 'auto',
  components: {
    Modal: Modal.extend({
      defaultProps: {
        transitionProps: { duration: 120 },
        classNames: { inner: sheet.inner, content: sheet.content },
      },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { transitionProps: { duration: 100 }, openDelay: 200 } }),
  },
});
