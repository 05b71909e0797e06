#!/bin/bash
exec vllm serve "$@"
