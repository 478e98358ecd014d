#!/usr/bin/env node
import { App, Tags } from 'aws-cdk-lib'
import { EvidenceStack } from '../lib/evidence-stack.ts'

const app = new App()
Tags.of(app).add('project', 'aftershock')
new EvidenceStack(app, 'AftershockEvidence')
