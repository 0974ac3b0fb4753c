// What is looked for on every page, in the page itself.
import type { Page } from 'playwright-core';

/** Controls and pictures without a name that a screen reader could say, as their HTML. */
export function nameless(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const selector = 'button, a[href], input, select, textarea, img, [role="button"], [role="img"], [role="menuitem"], [role="tab"]';
    return [...document.querySelectorAll<HTMLElement>(selector)]
      .filter((element) => element.checkVisibility() && !element.closest('[aria-hidden="true"]') && element.getAttribute('type') !== 'hidden')
      .filter((element) => {
        const labelled = (element.getAttribute('aria-labelledby') ?? '')
          .split(/\s+/)
          .map((id) => (id ? document.getElementById(id)?.textContent : ''))
          .join('');
        const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent).join('') : '';
        const name = [element.getAttribute('aria-label'), labelled, labels, element.getAttribute('alt'), element.getAttribute('title'), element.textContent];
        return !name.some((text) => text !== null && text.trim() !== '');
      })
      .map((element) => element.outerHTML.slice(0, 200));
  });
}

/** How many of each landmark are shown, and of headings of the first level. */
export function landmarks(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() => {
    const shown = (selector: string) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility()).length;
    return { main: shown('main, [role="main"]'), header: shown('header, [role="banner"]'), pages: shown('nav[aria-label="Pages"]'), h1: shown('h1') };
  });
}

/** Pixels by which the page is wider than the window; 0 when nothing scrolls sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}

/** Headings of a level below the first that skip a level, as text. */
export function skippedLevels(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const skipped: string[] = [];
    let before = 1;
    for (const heading of document.querySelectorAll('main h1, main h2, main h3, main h4, main h5')) {
      const level = Number(heading.tagName.slice(1));
      if (level > before + 1) skipped.push(heading.textContent ?? '');
      before = level;
    }
    return skipped;
  });
}

/** Texts whose colour stands out from its ground by less than `least` to 1 (WCAG), with their ratio. */
export function faint(page: Page, least: number): Promise<string[]> {
  return page.evaluate((limit) => {
    const canvas = document.createElement('canvas');
    canvas.width = 1;
    canvas.height = 1;
    const paint = canvas.getContext('2d', { willReadFrequently: true });
    if (!paint) return ['no canvas'];
    // The browser itself turns any notation of a colour into red, green, blue and alpha.
    const known = new Map<string, number[]>();
    const rgba = (colour: string): number[] => {
      let value = known.get(colour);
      if (!value) {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = colour;
        paint.fillRect(0, 0, 1, 1);
        value = [...paint.getImageData(0, 0, 1, 1).data].map((part, at) => (at === 3 ? part / 255 : part));
        known.set(colour, value);
      }
      return value;
    };
    const over = (top: number[], ground: number[]): number[] => {
      const alpha = top[3] ?? 1;
      return [0, 1, 2].map((at) => (top[at] ?? 0) * alpha + (ground[at] ?? 0) * (1 - alpha));
    };
    const groundOf = (element: Element): number[] => {
      const layers: number[][] = [];
      for (let each: Element | null = element; each; each = each.parentElement) {
        const layer = rgba(getComputedStyle(each).backgroundColor);
        if ((layer[3] ?? 0) > 0) layers.push(layer);
        if (layer[3] === 1) break;
      }
      return layers.reverse().reduce((ground, layer) => over(layer, ground), [255, 255, 255]);
    };
    const luminance = (colour: number[]): number => {
      const [red = 0, green = 0, blue = 0] = colour.map((part) => {
        const share = part / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const found = new Set<string>();
    for (const element of document.querySelectorAll<HTMLElement>('main *, header *, nav *')) {
      const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent ?? '').join('').trim();
      if (!own || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest('svg, [disabled], [data-disabled]')) continue;
      const ground = groundOf(element);
      const text = over(rgba(getComputedStyle(element).color), ground);
      const [light = 0, dark = 0] = [luminance(text), luminance(ground)].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < limit) found.add(`${own.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return [...found];
  }, least);
}
