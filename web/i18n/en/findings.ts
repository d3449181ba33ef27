/** What the referee says: in English, as it stands in the trace. */
import { isRuleId, RULES, type RuleId } from '../../../shared/wsgi/referee.ts'
import { isServerRuleId, SERVER_RULES, type ServerRuleId } from '../../../shared/wsgi/serverRules.ts'
import type { FindingWords } from '../../stage/words.ts'

const rules = {} as Record<RuleId, string>
for (const rule of Object.keys(RULES)) if (isRuleId(rule)) rules[rule] = RULES[rule].message

const server = {} as Record<ServerRuleId, string>
for (const rule of Object.keys(SERVER_RULES)) if (isServerRuleId(rule)) server[rule] = SERVER_RULES[rule].message

const levels = { error: 'error', warning: 'warning', note: 'note', raised: 'exception' }

export const findings: FindingWords = {
  rules,
  server,
  levels,
  countOf: (n, gravest) => (n === 1 ? `1 finding: ${levels[gravest]}` : `${n} findings, gravest: ${levels[gravest]}`),
  fine: 'Checked: status and headers are well formed',
  fineInDetail: 'By PEP 3333: the status is a str, the headers are a list of tuples, none is hop-by-hop.',
  more: (n) => `… and ${n.toLocaleString('en')} more findings`,
}
