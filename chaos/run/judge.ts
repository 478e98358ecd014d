import { auditRun } from '../audit/audit-run.ts'
import { writeReport } from '../report/report.ts'
import { scoreRun } from '../score/score.ts'
