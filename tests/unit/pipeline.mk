# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Pipelines go through the fast path's own parser between two passes.

TEST_OBJ_xlate_pipeline_property = $(B)/loader/forward/frame_parse.o
