// VitePress's own look with the fonts of the reader's system: no font is loaded.
import theme from 'vitepress/theme-without-fonts';
import './style.css';

export default theme;
