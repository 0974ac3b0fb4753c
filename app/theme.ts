import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/*
 * The house's look: quiet surfaces, one harbour blue for what can be acted on, and colour kept for
 * meaning. Meaning (ok, watch, breach, unknown, info) and category (chart-1 … chart-8) are two sets
 * of variables and never borrow from each other, so a red bar always means a breach.
 */

const harbour: MantineColorsTuple = [
  '#edf5fb',
  '#dbe8f3',
  '#b3cfe6',
  '#88b4d9',
  '#649dce',
  '#4d8fc7',
  '#3576b0',
  '#27659b',
  '#1a5585',
  '#06406b',
];

const slate: MantineColorsTuple = [
  '#d5d9e0',
  '#b3bac6',
  '#939cab',
  '#727c8d',
  '#454e5e',
  '#333b49',
  '#262d39',
  '#1b212b',
  '#151a22',
  '#0f131a',
];

const FONT =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif';
const MONO =
  'ui-monospace, "SF Mono", "Cascadia Mono", "Segoe UI Mono", "Liberation Mono", Menlo, Consolas, monospace';

export const theme = createTheme({
  primaryColor: 'harbour',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.25,
  colors: { harbour, dark: slate },
  fontFamily: FONT,
  fontFamilyMonospace: MONO,
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  headings: {
    fontFamily: FONT,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
  components: {
    Anchor: { defaultProps: { underline: 'hover' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, multiline: true, maw: 320 } },
    Menu: { defaultProps: { shadow: 'md' } },
    Badge: { styles: { root: { textTransform: 'none', fontWeight: 600 } } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f6f8fa',
    '--mantine-color-text': '#17202b',
    '--mantine-color-dimmed': '#556070',
    '--mantine-color-placeholder': '#667080',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': 'var(--mantine-color-harbour-7)',
    '--mantine-color-default-border': '#d5dbe3',
    '--tl-surface': '#ffffff',
    '--tl-surface-sunken': '#eef2f6',
    '--tl-border': '#dde3ea',
    '--tl-border-strong': '#8a94a3',
    '--tl-hover': '#eef4fa',
    '--tl-ok': '#17693a',
    '--tl-ok-soft': '#e3f4e9',
    '--tl-watch': '#845300',
    '--tl-watch-soft': '#fdf0d4',
    '--tl-breach': '#b3261e',
    '--tl-breach-soft': '#fdeae8',
    '--tl-unknown': '#5a5470',
    '--tl-unknown-soft': '#eeecf4',
    '--tl-info': '#1a5585',
    '--tl-info-soft': '#e4eff8',
    '--tl-chart-1': '#2f6fab',
    '--tl-chart-2': '#b06a2c',
    '--tl-chart-3': '#2a8a8a',
    '--tl-chart-4': '#8356a8',
    '--tl-chart-5': '#8a7a1f',
    '--tl-chart-6': '#b0527f',
    '--tl-chart-7': '#5d7f3f',
    '--tl-chart-8': '#667085',
    '--tl-chart-grid': '#e1e6ec',
    '--tl-chart-text': '#556070',
  },
  dark: {
    '--mantine-color-body': '#10151c',
    '--mantine-color-text': '#e3e8ef',
    '--mantine-color-dimmed': '#a3adbb',
    '--mantine-color-placeholder': '#939cab',
    '--mantine-color-error': '#ff9d94',
    '--mantine-color-anchor': 'var(--mantine-color-harbour-3)',
    '--mantine-color-default-border': '#39424f',
    '--tl-surface': '#181e27',
    '--tl-surface-sunken': '#131922',
    '--tl-border': '#2b333f',
    '--tl-border-strong': '#7a8494',
    '--tl-hover': '#1f2833',
    '--tl-ok': '#74d196',
    '--tl-ok-soft': '#17301f',
    '--tl-watch': '#f0bd5a',
    '--tl-watch-soft': '#362a10',
    '--tl-breach': '#ff9d94',
    '--tl-breach-soft': '#401d1b',
    '--tl-unknown': '#c3bcdc',
    '--tl-unknown-soft': '#2a2738',
    '--tl-info': '#8dbfe6',
    '--tl-info-soft': '#172b3c',
    '--tl-chart-1': '#6aa9e0',
    '--tl-chart-2': '#dd9a5d',
    '--tl-chart-3': '#56bcbc',
    '--tl-chart-4': '#b594d8',
    '--tl-chart-5': '#c9b750',
    '--tl-chart-6': '#df8db3',
    '--tl-chart-7': '#94bd74',
    '--tl-chart-8': '#9aa5b5',
    '--tl-chart-grid': '#2b333f',
    '--tl-chart-text': '#a3adbb',
  },
});
