/** The default theme, with the kernel benchmark below pages whose front matter says `benchmark: true`. */
import { defineComponent, h } from 'vue';
import { type Theme, useData } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import KernelBenchmark from './KernelBenchmark.vue';
import './pictures.css';

const Layout = defineComponent({
  setup() {
    const { frontmatter } = useData();
    return () =>
      h(DefaultTheme.Layout, null, {
        'doc-footer-before': () => (frontmatter.value['benchmark'] === true ? h('div', { class: 'vp-doc' }, h(KernelBenchmark)) : null),
      });
  },
});

const theme: Theme = { extends: DefaultTheme, Layout };
export default theme;
