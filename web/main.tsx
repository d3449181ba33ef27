import './validation.ts'
import './theme.css'
import './fonts.css'
import './page.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { browserPage } from './browserPage.ts'
import { PageContext } from './panels/hooks.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has an element with the id root')

const page = browserPage()
page.openLive()
createRoot(root).render(
  <StrictMode>
    <PageContext value={page}>
      <App />
    </PageContext>
  </StrictMode>,
)
