// Begins: reads the address, speaks to the page around, draws.
import { render } from 'preact';
import { readAddress } from './address.ts';
import { createController } from './controller.ts';
import { createFrame } from './frame.ts';
import { createServer, type Integration, logoAddress, type Session } from './server.ts';
import { chooseLanguage, textsOf } from './texts/texts.ts';
import { applyTheme } from './theme.ts';
import { App } from './views/app.tsx';

/** This program is served from `<root>connect/assets/`. */
const root = new URL('../../', import.meta.url).href;

const wishes = readAddress(window);
const frame = createFrame(window);
const language = chooseLanguage([...(wishes.lang ? [wishes.lang] : []), ...navigator.languages]);
const texts = textsOf(language);
const html = document.documentElement;
html.lang = language;
html.classList.add(frame.isEmbedded ? 'embedded' : 'alone');
if (wishes.theme) html.dataset['theme'] = wishes.theme;

let token = wishes.token;
/** Whose colours the page has: they come once, and its keys are many. */
let themed: Session | undefined;
const logoOf = (integration: Integration) => logoAddress(root, integration);
const place = document.getElementById('page')!;
place.textContent = '';

const controller = createController({
  frame,
  connectTo: (given) => {
    token = given;
    return createServer(root, given, frame);
  },
  watchesPopup: wishes.watchesPopup,
  onState(state) {
    if (state.session && state.session !== themed) applyTheme(html, state.session.connectUISettings, wishes.theme);
    themed = state.session;
    const again = token;
    render(
      <App
        state={state}
        texts={texts}
        controller={controller}
        isEmbedded={frame.isEmbedded}
        logoOf={logoOf}
        onReload={again === undefined ? undefined : () => controller.open(again)}
      />,
      place,
    );
  },
});

frame.onToken(controller.open);
if (token !== undefined) controller.open(token);
else if (!frame.isEmbedded) controller.openNothing();
frame.tell({ type: 'ready' });
