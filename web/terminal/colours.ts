/** Dark in both themes of the page; every colour of text reaches 4.5:1 on the background. */
export const TERMINAL_COLOURS = {
  background: '#0f1114',
  foreground: '#eceae4',
  cursor: '#eceae4',
  cursorAccent: '#0f1114',
  selectionBackground: '#3a4250',
  overviewRulerBorder: '#0f1114',
  red: '#ff8f7a',
  green: '#45d3a4',
  yellow: '#f2b857',
  blue: '#79bdf5',
  magenta: '#ec9bce',
  cyan: '#7fd6e0',
  brightBlack: '#9297a0',
} as const
