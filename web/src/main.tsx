import {render} from 'preact';
import {forgetOld} from './api/kept.ts';
import {App} from './app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/evidence.css';
import './styles/review.css';

forgetOld();
const place = document.getElementById('app');
if (place) render(<App />, place);
