using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Verifies a case on a backend: parity with the reference, gradient, accumulation, determinism, writes out of place.</summary>
public sealed class CaseVerifier
{
    /// <summary>Half the distance from 1 to the next F32.</summary>
    public const double SingleRoundoff = 1.0 / (1 << 24);

    private const double DoubleRoundoff = 1.0 / (1L << 53);

    /// <summary>Bounds are first-order; terms of order u^2 are covered by this share.</summary>
    internal const double SecondOrder = 1.01;

    /// <summary>
    /// Bound of two calls in a row over that of one. A chain of n additions onto s0 errs by b = n u (|s0| + S), S the sum of its absolute terms;
    /// the second starts from a value of magnitude up to |s0| + S, with error b, and adds n u (|s0| + 2S) at most: 3b in all.
    /// </summary>
    private const double TwoCalls = 3;

    private readonly KernelCase _case;
    private readonly Backend _backend;
    private readonly double _roundoff;
    private double _forwardError;
    private double _backwardError;
    private bool _isAccumulating = true;
    private bool _isDeterministic = true;
    private string? _failure;

    private CaseVerifier(KernelCase kernel, Backend backend, double roundoff) => (_case, _backend, _roundoff) = (kernel, backend, roundoff);

    /// <param name="kernel">What to verify.</param>
    /// <param name="backend">Where.</param>
    /// <param name="roundoff">Unit roundoff that bounds assume; 0 takes that of the backend's real type.</param>
    public static CaseResult Verify(KernelCase kernel, Backend backend, double roundoff = 0)
    {
        var verifier = new CaseVerifier(kernel, backend, roundoff > 0 ? roundoff : RoundoffOf(backend));
        double gradient = kernel.GradientError / GradientCheck.Tolerance;
        try
        {
            verifier.Run();
        }
        catch (NotSupportedException)
        {
            return new CaseResult(kernel.Name, kernel.Op, false, 0, 0, gradient, true, true, null);
        }
        catch (Exception failure) when (failure is RunException or ShapeException)
        {
            verifier.Fail(failure.Message);
        }

        if (!(gradient <= 1))
        {
            verifier.Fail($"the reference gradient is {gradient:g3} tolerances from its central difference");
        }

        return new CaseResult(
            kernel.Name, kernel.Op, true, verifier._forwardError, verifier._backwardError, gradient, verifier._isAccumulating, verifier._isDeterministic, verifier._failure);
    }

    /// <summary>Where the backend disagrees with the reference beyond the bounds, or null; the reference's own gradient is not checked again.</summary>
    internal static string? Check(KernelCase kernel, Backend backend, double roundoff)
    {
        var verifier = new CaseVerifier(kernel, backend, roundoff);
        verifier.Run();
        return verifier._failure;
    }

    internal static double RoundoffOf(Backend backend) => backend.RealType == DType.F64 ? DoubleRoundoff : SingleRoundoff;

    internal static Values BoundsOf(KernelCase kernel, CasePhase phase, Values expected, double roundoff)
    {
        var bounds = new Values();
        if (phase == CasePhase.Forward)
        {
            kernel.BoundForward(expected, roundoff, bounds);
        }
        else
        {
            kernel.BoundBackward(expected, roundoff, bounds);
        }

        return bounds;
    }

    private void Run()
    {
        using var reference = new ReferenceBackend();
        Values initial = _case.InitialValues();
        Values forward = CaseRun.Run(_case, CasePhase.Forward, reference, initial);
        _forwardError = Compare(CasePhase.Forward, reference, initial, forward);
        if (!_case.HasBackward)
        {
            return;
        }

        Values start = CaseRun.BackwardStart(_case, initial, forward, _backend.RealType);
        Values backward = CaseRun.Run(_case, CasePhase.Backward, reference, start);
        _backwardError = Compare(CasePhase.Backward, reference, start, backward);
    }

    private double Compare(CasePhase phase, ReferenceBackend reference, Values start, Values expected)
    {
        Values bounds = BoundsOf(_case, phase, expected, _roundoff);
        Values once = CaseRun.Run(_case, phase, _backend, start);
        (Values again, Values twice) = CaseRun.RunTwice(_case, phase, _backend, start);
        (_, Values expectedTwice) = CaseRun.RunTwice(_case, phase, reference, start);
        double worst = 0;
        foreach (Operand operand in _case.Operands)
        {
            string name = operand.Name;
            if (!CaseRun.Writes(phase, operand.Role))
            {
                Check(start.Has(name) ? AreBitsEqual(once[name], start[name]) : true, $"{name}: an operand that the call only reads was changed");
                continue;
            }

            double[]? bound = bounds.Has(name) ? bounds[name] : null;
            worst = Math.Max(worst, Ratio(phase, operand, once[name], expected[name], bound, 1));
            _isDeterministic &= Check(AreBitsEqual(once[name], again[name]), $"{name}: two runs differ");
            bool isAssigned = operand.Role is OperandRole.Output or OperandRole.Gradient;
            bool isRight = isAssigned ? AreBitsEqual(once[name], twice[name]) : Ratio(phase, operand, twice[name], expectedTwice[name], bound, TwoCalls) <= 1;
            _isAccumulating &= Check(isRight, $"{name}: a second call {(isAssigned ? "changed an assigned result" : "did not add to what was there")}");
        }

        return worst;
    }

    private double Ratio(CasePhase phase, Operand operand, double[] got, double[] expected, double[]? bound, double factor)
    {
        double worst = 0;
        for (int i = 0; i < got.Length; i++)
        {
            double limit = bound is null ? 0 : bound[i] * SecondOrder * factor;
            double error = Math.Abs(got[i] - expected[i]);
            double ratio = AreBitsEqual(got[i], expected[i]) || error == 0 ? 0 : error / limit;
            if (!(ratio <= 1))
            {
                Fail($"{phase} {operand}[{i}]: expected {expected[i]:g9}, got {got[i]:g9}, bound {limit:g3}");
                return double.IsNaN(ratio) ? double.PositiveInfinity : ratio;
            }

            worst = Math.Max(worst, ratio);
        }

        return worst;
    }

    private bool Check(bool isTrue, string failure)
    {
        if (!isTrue)
        {
            Fail(failure);
        }

        return isTrue;
    }

    private void Fail(string failure) => _failure ??= failure;

    private static bool AreBitsEqual(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);

    private static bool AreBitsEqual(double[] a, double[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (!AreBitsEqual(a[i], b[i]))
            {
                return false;
            }
        }

        return a.Length == b.Length;
    }
}
