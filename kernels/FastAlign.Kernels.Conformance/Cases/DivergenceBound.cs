namespace FastAlign.Kernels.Conformance;

/// <summary>First-order error bounds of the divergence head. A log-prob errs by its logit, by its log-normaliser and by their difference.</summary>
internal sealed class DivergenceBound
{
    private const double PerExponential = ErrorBounds.Transcendental + 4;

    private readonly DivergenceCase _case;
    private readonly Values _values;
    private readonly double _u;
    private readonly BoundedLogits _student;
    private readonly BoundedLogits _teacher;

    public DivergenceBound(DivergenceCase kernel, Values values, double u)
    {
        (_case, _values, _u) = (kernel, values, u);
        _student = new BoundedLogits(kernel.StudentLogits, kernel.Width, kernel.Vocabulary, kernel.Variant.Spec.Student, values, u);
        _teacher = new BoundedLogits(kernel.TeacherLogits, kernel.TeacherWidth, kernel.Vocabulary, kernel.Variant.Spec.Teacher, values, u);
    }

    /// <summary>Log-normalisers and log-probs as in <see cref="HeadBound"/>; both sums have V terms.</summary>
    public void Forward(Values bounds)
    {
        foreach (string name in (string[])["logProb", "logZ", "teacherLogProb", "teacherLogZ", "value", "slopeSum"])
        {
            bounds[name] = new double[_case.Rows];
        }

        for (int i = 0; i < _case.Rows; i++)
        {
            _student.Compute(i);
            _teacher.Compute(i);
            double ofStudent = LogZ(bounds, _student, "", i);
            double ofTeacher = LogZ(bounds, _teacher, "teacher", i);
            for (int v = 0; v < _case.Vocabulary; v++)
            {
                Term term = TermAt(i, v, ofStudent, ofTeacher);
                bounds["value"][i] += term.ValueError + ((_case.Vocabulary + 4) * _u * term.Value);
                bounds["slopeSum"][i] += term.SlopeError + ((_case.Vocabulary + 4) * _u * term.Slope);
            }
        }
    }

    /// <summary><c>dz = dD (g - p G)</c>, log-normalisers and G given; then products with w and x.</summary>
    public void Backward(Values bounds)
    {
        (double[] x, double[] w) = (_values["x"], _values["w"]);
        (int c, int n) = (_case.Width, _case.Vocabulary);
        for (int i = 0; i < _case.Rows; i++)
        {
            _student.Compute(i);
            _teacher.Compute(i);
            (double d, double slopeSum) = (Math.Abs(_values["dValue"][i]), Math.Abs(_values["slopeSum"][i]));
            for (int v = 0; v < n; v++)
            {
                Term term = TermAt(i, v, 0, 0);
                double size = term.Slope + (term.P * slopeSum);
                double error = term.SlopeError + (term.PError * slopeSum) + (6 * _u * size);
                (double product, double total) = _student.ThroughSlope(v, d * size, d * error);
                for (int k = 0; k < c; k++)
                {
                    bounds["dX"][(i * c) + k] += (total + ((n + 2) * _u * product)) * Math.Abs(w[(v * c) + k]);
                    if (bounds.Has("dW"))
                    {
                        bounds["dW"][(v * c) + k] += (total + ((_case.Rows + 2) * _u * product)) * Math.Abs(x[(i * c) + k]);
                    }
                }

                if (bounds.Has("dBias"))
                {
                    bounds["dBias"][v] += total + ((_case.Rows + 2) * _u * product);
                }
            }
        }
    }

    private double LogZ(Values bounds, BoundedLogits logits, string prefix, int row)
    {
        string logZ = prefix.Length == 0 ? "logZ" : $"{prefix}LogZ";
        string logProb = prefix.Length == 0 ? "logProb" : $"{prefix}LogProb";
        double size = Math.Max(Math.Abs(_values[logZ][row]), logits.Size);
        bounds[logZ][row] = logits.WorstError + ((_case.Vocabulary + (2 * ErrorBounds.Transcendental) + 8) * _u) + (4 * _u * size);
        bounds[logProb][row] = bounds[logZ][row] + logits.Error[(int)_values["targets"][row]] + (2 * _u * size);
        return bounds[logZ][row];
    }

    /// <summary>
    /// Magnitudes and errors of one entry's terms: a probability errs relatively as its log-prob does absolutely, a factor <c>log p - log m</c> by both
    /// log-probs and the roundings of a softplus.
    /// </summary>
    private Term TermAt(int row, int v, double studentLogZ, double teacherLogZ)
    {
        double beta = _case.Variant.Spec.Beta;
        (double s, double sError) = LogProb(_student, "logZ", row, v, studentLogZ);
        (double t, double tError) = LogProb(_teacher, "teacherLogZ", row, v, teacherLogZ);
        (double p, double q) = (Math.Exp(s), Math.Exp(t));
        (double pError, double qError) = (p * (sError + (PerExponential * _u)), q * (tError + (PerExponential * _u)));
        double both = sError + tError + (4 * _u * (Math.Abs(s) + Math.Abs(t) + 1));
        if (beta is 0 or 1)
        {
            (double weight, double weightError) = beta == 0 ? (q, qError) : (p, pError);
            double value = weight * Math.Abs(s - t);
            double valueError = (weightError * Math.Abs(s - t)) + (weight * both);
            return beta == 0 ? new Term(value, valueError, q, qError, p, pError) : new Term(value, valueError, value, valueError, p, pError);
        }

        double logM = Math.Max(Math.Log(beta) + t, Math.Log(1 - beta) + s) + Math.Log(1 + Math.Exp(-Math.Abs(s - t + Math.Log((1 - beta) / beta))));
        double factor = both + (2 * PerExponential * _u) + (4 * _u * (Math.Abs(Math.Log(beta)) + Math.Abs(Math.Log(1 - beta))));
        double ofTeacher = beta * q * Math.Abs(t - logM);
        double ofStudent = (1 - beta) * p * Math.Abs(s - logM);
        double ofStudentError = (1 - beta) * ((pError * Math.Abs(s - logM)) + (p * factor));
        double ofTeacherError = beta * ((qError * Math.Abs(t - logM)) + (q * factor));
        return new Term(ofTeacher + ofStudent, ofTeacherError + ofStudentError + (4 * _u * (ofTeacher + ofStudent)), ofStudent, ofStudentError, p, pError);
    }

    private (double LogProb, double Error) LogProb(BoundedLogits logits, string logZ, int row, int v, double logZError)
    {
        double z = _values[logZ][row];
        return (logits.Value[v] - z, logits.Error[v] + logZError + (2 * _u * (Math.Abs(logits.Value[v]) + Math.Abs(z))));
    }

    private readonly record struct Term(double Value, double ValueError, double Slope, double SlopeError, double P, double PError);
}
