/* Calcium behind a small interface: its headers are C only. Values are held in numbered places of one
   context; a function that cannot make a value returns -1. */
#ifndef RECKON_SUITES_MATH_CALCIUM_PROOF_H
#define RECKON_SUITES_MATH_CALCIUM_PROOF_H

#include <flint/fmpq.h>

#ifdef __cplusplus
extern "C" {
#endif

struct reckon_calcium;

struct reckon_calcium* reckon_calcium_new(void);
void reckon_calcium_free(struct reckon_calcium* context);

int reckon_calcium_rational(struct reckon_calcium* context, const fmpq* value);
/* "pi", "i", "e" */
int reckon_calcium_constant(struct reckon_calcium* context, const char* name);
int reckon_calcium_add(struct reckon_calcium* context, int a, int b);
int reckon_calcium_multiply(struct reckon_calcium* context, int a, int b);
/* Real odd roots of negative numbers are real. */
int reckon_calcium_power(struct reckon_calcium* context, int base, const fmpq* exponent);
int reckon_calcium_general_power(struct reckon_calcium* context, int base, int exponent);
/* exp, log, sin, cos, tan, arcsin, arccos, arctan, abs */
int reckon_calcium_function(struct reckon_calcium* context, const char* name, int argument);
/* 1: proven equal, 0: proven different, -1: not known */
int reckon_calcium_equal(struct reckon_calcium* context, int a, int b);

#ifdef __cplusplus
}
#endif

#endif
