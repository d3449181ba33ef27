/** A Django project, made as its tutorial makes one. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const APP = fileURLToPath(new URL('./django/', import.meta.url))

export const ADMIN = { username: 'ada', password: 'the engine weaves' }

const SETTINGS = `
ALLOWED_HOSTS = ['127.0.0.1', 'localhost']
INSTALLED_APPS.append('guestbook')
`

const URLS = `
from django.urls import include

urlpatterns.append(path('', include('guestbook.urls')))
`

/** What `runserver` wraps around the application, so that static files are found while one develops. */
const STATIC_WSGI = `
from django.contrib.staticfiles.handlers import StaticFilesHandler

with_static = StaticFilesHandler(application)
`

/** `django-admin startproject` with an app, a database and a superuser. @returns the project's folder */
export function makeDjangoProject(python: string, folder: string): string {
  const env = { ...process.env, DJANGO_SUPERUSER_PASSWORD: ADMIN.password, PYTHONDONTWRITEBYTECODE: '1' }
  const run = (cwd: string, ...args: string[]) => execFileSync(python, args, { cwd, env })
  run(folder, '-m', 'django', 'startproject', 'mysite')
  const project = join(folder, 'mysite')
  const manage = (...args: string[]) => run(project, 'manage.py', ...args)
  manage('startapp', 'guestbook')
  mkdirSync(join(project, 'guestbook', 'templates'))
  cpSync(`${APP}views.py`, join(project, 'guestbook', 'views.py'))
  cpSync(`${APP}urls.py`, join(project, 'guestbook', 'urls.py'))
  cpSync(`${APP}sign.html`, join(project, 'guestbook', 'templates', 'sign.html'))
  appendFileSync(join(project, 'mysite', 'settings.py'), SETTINGS)
  appendFileSync(join(project, 'mysite', 'urls.py'), URLS)
  appendFileSync(join(project, 'mysite', 'wsgi.py'), STATIC_WSGI)
  manage('migrate', '--verbosity', '0')
  manage('createsuperuser', '--noinput', '--username', ADMIN.username, '--email', 'ada@example.com')
  return project
}
