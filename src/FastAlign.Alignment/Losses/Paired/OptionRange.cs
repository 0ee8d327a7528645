using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Checks of options: the message names the option, what was expected and what was found.</summary>
internal static class OptionRange
{
    /// <exception cref="InputException">Not finite, or not above 0.</exception>
    public static void RequireAboveZero(string option, double value) => Require(double.IsFinite(value) && value > 0, option, "a finite number above 0", value);

    /// <exception cref="InputException">Not finite, or below 0.</exception>
    public static void RequireAtLeastZero(string option, double value) => Require(double.IsFinite(value) && value >= 0, option, "a finite number of at least 0", value);

    /// <exception cref="InputException">Not finite.</exception>
    public static void RequireFinite(string option, double value) => Require(double.IsFinite(value), option, "a finite number", value);

    /// <exception cref="InputException">Not in [0, 0.5).</exception>
    public static void RequireSmoothing(string option, double value) => Require(value is >= 0 and < 0.5, option, "a number in [0, 0.5)", value);

    /// <exception cref="InputException">Not in (0, 1].</exception>
    public static void RequireShare(string option, double value) => Require(value is > 0 and <= 1, option, "a number in (0, 1]", value);

    /// <exception cref="InputException">The condition does not hold.</exception>
    public static void Require(bool isFine, string option, string expected, object found)
    {
        if (!isFine)
        {
            throw new InputException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{option}: expected {expected}, found {found}"));
        }
    }
}
